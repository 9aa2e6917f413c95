// The page of "rf3d serve". It asks /predict for each image and model, /map where a class is pressed, and /models every few seconds: models are loaded again when their files change.
const atOnce = 4;
const millisecondsOfModels = 5000;
const shownScores = 5;
const mostRetries = 20;
const mostBytes = 100_000_000;

const element = id => document.getElementById(id);
const results = [];
const waiting = [];
let models = [];
let running = 0;
let done = 0;

function create(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// Text that is selected stays so while it does not change, and a screen reader does not read it again.
function showText(id, text) {
  if (element(id).textContent !== text)
    element(id).textContent = text;
}

async function problemOf(response) {
  try {
    const problem = await response.json();
    return problem.detail ?? problem.title ?? `Status ${response.status}`;
  } catch {
    return response.status === 413 ? 'The file is too large.' : `Status ${response.status}`;
  }
}

async function canBeRead(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

// A busy server says when to ask again.
async function post(path, parameters, file) {
  if (file.size > mostBytes)
    throw new Error(`The file has more than ${mostBytes / 1e6} MB.`);
  for (let attempt = 0; ; attempt++) {
    let response;
    try {
      response = await fetch(`${path}?${new URLSearchParams(parameters)}`, { method: 'POST', body: file, headers: { 'Content-Type': 'application/octet-stream' } });
    } catch {
      throw new Error(await canBeRead(file) ? 'The program that serves this page does not answer. Start "rf3d serve" again.' : 'The file cannot be read: it was changed, moved or deleted, or it is a folder.');
    }
    if (response.ok)
      return response;
    if (response.status !== 429 || attempt === mostRetries)
      throw new Error(await problemOf(response));
    await new Promise(resolve => setTimeout(resolve, 1000 * Number(response.headers.get('Retry-After') ?? 1)));
  }
}

function addAll(files) {
  for (const file of files) {
    const result = makeResult(file);
    results.push(result);
    waiting.push(result);
  }
  showStatus();
  startNext();
}

function makeResult(file) {
  const result = { file, predictions: new Map(), errors: [], maps: new Map(), url: URL.createObjectURL(file), pressed: null };
  result.image = create('img', { alt: file.name, src: result.url });
  result.image.addEventListener('error', () => showPreview(result), { once: true });
  result.scores = create('div', {}, create('p', { className: 'note', textContent: 'Waiting …' }));
  result.item = create('li', {}, create('h3', { textContent: file.name }), create('div', { className: 'picture' }, result.image), result.scores);
  element('results').prepend(result.item);
  return result;
}

// Formats that the browser does not show, such as TIFF, are decoded by the server.
async function showPreview(result) {
  try {
    result.preview = URL.createObjectURL(await (await post('/preview', {}, result.file)).blob());
    if (result.pressed === null)
      result.image.src = result.preview;
  } catch {
    result.image.remove();
  }
}

function startNext() {
  while (running < atOnce && waiting.length > 0) {
    const result = waiting.shift();
    running++;
    classify(result).finally(() => {
      running--;
      done++;
      showStatus();
      startNext();
    });
  }
}

async function classify(result) {
  for (const model of models) {
    try {
      result.predictions.set(model.name, await (await post('/predict', { model: model.name }, result.file)).json());
    } catch (error) {
      result.errors.push(error.message);
      // Another model reads the same file and fails alike.
      break;
    }
  }
  showScores(result);
}

function showScores(result) {
  result.scores.replaceChildren();
  for (const [name, prediction] of result.predictions) {
    if (models.length > 1)
      result.scores.append(create('h4', { textContent: name }));
    if (prediction.isUnknown)
      result.scores.append(create('p', { className: 'unknown', textContent: prediction.predictedLabel, title: 'The most probable class has a probability below --min-confidence, or the image a typicality below --min-typicality' }));
    const list = create('ol', { className: 'scores' });
    for (const { label, score } of prediction.scores.slice(0, shownScores)) {
      const button = create('button', { type: 'button', title: 'Show the class-activation map of this class' },
        create('span', { textContent: label }), create('span', { textContent: `${(100 * score).toFixed(1)} %` }));
      button.style.setProperty('--share', score);
      button.setAttribute('aria-pressed', 'false');
      button.addEventListener('click', () => toggleMap(result, name, label, button));
      list.append(create('li', {}, button));
    }
    result.scores.append(list);
  }
  for (const message of result.errors)
    result.scores.append(create('p', { className: 'error', textContent: message }));
}

async function toggleMap(result, model, label, button) {
  const wasPressed = result.pressed === button;
  for (const other of result.item.querySelectorAll('[aria-pressed]'))
    other.setAttribute('aria-pressed', 'false');
  result.pressed = wasPressed ? null : button;
  if (wasPressed) {
    showImage(result, result.preview ?? result.url, result.file.name);
    return;
  }
  button.setAttribute('aria-pressed', 'true');
  const key = JSON.stringify([model, label]);
  try {
    if (!result.maps.has(key))
      result.maps.set(key, URL.createObjectURL(await (await post('/map', { model, label }, result.file)).blob()));
    // Another class may have been pressed meanwhile.
    if (result.pressed === button)
      showImage(result, result.maps.get(key), `${result.file.name}: orange adds to the score of ${label}, blue subtracts from it`);
  } catch (error) {
    button.setAttribute('aria-pressed', 'false');
    result.pressed = null;
    element('status').textContent = error.message;
  }
}

function showImage(result, source, text) {
  result.image.src = source;
  result.image.alt = text;
}

function showStatus() {
  const failed = results.filter(result => result.errors.length > 0).length;
  element('status').textContent = results.length === 0 ? '' : `${done} of ${results.length} classified${failed > 0 ? `, ${failed} with errors` : ''}`;
  element('csv').disabled = element('clear').disabled = results.length === 0 || done < results.length;
}

// As the tool writes it: a spreadsheet would calculate a text that begins like a formula, and knows UTF-8 by the byte order mark.
function cell(value) {
  const text = String(value);
  const harmless = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",;\t\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

function saveCsv() {
  // Of models that were loaded again in the meantime, the results before that may have other classes.
  const scored = results.flatMap(result => [...result.predictions.values()].flatMap(prediction => prediction.scores.map(each => each.label)));
  const labels = [...new Set([...models.flatMap(model => model.labels), ...scored])];
  const lines = [['file', 'model', 'predictedLabel', 'bestLabel', 'typicality', ...labels, 'error'].map(cell).join(',')];
  for (const result of results) {
    for (const [model, prediction] of result.predictions) {
      const scores = new Map(prediction.scores.map(each => [each.label, each.score]));
      lines.push([cell(result.file.name), cell(model), cell(prediction.predictedLabel), cell(prediction.scores[0].label), prediction.typicality ?? '', ...labels.map(label => scores.get(label) ?? ''), ''].join(','));
    }
    for (const error of result.errors)
      lines.push([cell(result.file.name), '', '', '', '', ...labels.map(() => ''), cell(error)].join(','));
  }
  const url = URL.createObjectURL(new Blob(['\ufeff', lines.join('\r\n') + '\r\n'], { type: 'text/csv' }));
  create('a', { href: url, download: 'predictions.csv' }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

function clear() {
  for (const result of results)
    [result.url, result.preview, ...result.maps.values()].filter(Boolean).forEach(url => URL.revokeObjectURL(url));
  results.length = done = 0;
  element('results').replaceChildren();
  showStatus();
  element('choose').focus();
}

async function openCamera() {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
    element('video').srcObject = stream;
    element('finder').showModal();
    element('finder').addEventListener('close', () => stream.getTracks().forEach(track => track.stop()), { once: true });
  } catch (error) {
    element('status').textContent = `The camera cannot be used: ${error.message}`;
  }
}

async function takePicture() {
  const video = element('video');
  const canvas = create('canvas', { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext('2d').drawImage(video, 0, 0);
  const blob = await new Promise(resolve => canvas.toBlob(resolve, 'image/png'));
  element('finder').close();
  if (blob !== null)
    addAll([new File([blob], `photo-${results.length + 1}.png`, { type: 'image/png' })]);
}

function listen() {
  for (const [button, input] of [['choose', 'files'], ['take', 'photo']]) {
    element(button).addEventListener('click', () => element(input).click());
    element(input).addEventListener('change', event => {
      addAll(event.target.files);
      event.target.value = '';
    });
  }
  let depth = 0;
  const drag = change => {
    depth += change;
    document.body.classList.toggle('dragging', depth > 0);
  };
  document.addEventListener('dragenter', () => drag(1));
  document.addEventListener('dragleave', () => drag(-1));
  document.addEventListener('dragover', event => event.preventDefault());
  document.addEventListener('drop', event => {
    event.preventDefault();
    drag(-depth);
    addAll(event.dataTransfer.files);
  });
  document.addEventListener('paste', event => addAll(event.clipboardData.files));
  element('csv').addEventListener('click', saveCsv);
  element('clear').addEventListener('click', clear);
  element('camera').hidden = navigator.mediaDevices?.getUserMedia === undefined;
  element('camera').addEventListener('click', openCamera);
  element('shoot').addEventListener('click', takePicture);
  element('close').addEventListener('click', () => element('finder').close());
}

async function showModels() {
  const response = await fetch('/models');
  if (!response.ok)
    throw new Error(await problemOf(response));
  models = await response.json();
  showText('models', models.map(model => `${model.name}: ${model.labels.length} classes (${model.architecture}, ${model.imageHeight}×${model.imageWidth})`).join(' · '));
  const errors = models.filter(model => model.reloadError).map(model => `${model.name}: the file cannot be loaded any more; the model that was loaded before is used. ${model.reloadError}`).join(' ');
  element('reload').hidden = errors === '';
  showText('reload', errors);
}

async function start() {
  try {
    await showModels();
  } catch {
    element('models').textContent = 'The models cannot be listed. Start "rf3d serve" again.';
    return;
  }
  document.title = `${models.map(model => model.name).join(', ')} – image classifier`;
  // A server that does not answer is an error of the next image.
  setInterval(() => document.hidden || showModels().catch(() => {}), millisecondsOfModels);
  listen();
  document.documentElement.dataset.ready = 'true';
}

start();
