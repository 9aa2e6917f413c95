import random, os, struct, subprocess, math
from PIL import Image, ImageDraw, ImageFont
random.seed(4)
def scene(kind, i, w=160, h=120):
    """Objects with an upright side: houses and boats before a sky, so that an orientation matters."""
    im = Image.new("RGB", (w, h)); d = ImageDraw.Draw(im)
    sky = (random.randint(120,180), random.randint(180,220), 255); ground = (60, random.randint(120,170), 60) if kind == "house" else (20, 60, random.randint(120,170))
    d.rectangle([0,0,w,h*2//3], fill=sky); d.rectangle([0,h*2//3,w,h], fill=ground)
    x = random.randint(20, w-80); y = h*2//3
    c = tuple(random.randint(120,255) for _ in range(3))
    if kind == "house":
        d.rectangle([x,y-35,x+50,y], fill=c); d.polygon([(x-5,y-35),(x+25,y-60),(x+55,y-35)], fill=(150,40,30))
    else:
        d.polygon([(x,y-5),(x+60,y-5),(x+48,y+12),(x+12,y+12)], fill=c); d.polygon([(x+30,y-55),(x+30,y-8),(x+55,y-8)], fill=(250,250,250))
    return im
T = {1:None,2:Image.FLIP_LEFT_RIGHT,3:Image.ROTATE_180,4:Image.FLIP_TOP_BOTTOM,5:Image.TRANSPOSE,6:Image.ROTATE_90,7:Image.TRANSVERSE,8:Image.ROTATE_270}
for kind in ("house","boat"):
    for part, n in (("train", 40), ("test", 16)):
        os.makedirs(f"phone/{part}/{kind}", exist_ok=True)
        for i in range(n):
            o = i % 8 + 1; im = scene(kind, i)
            st = im if T[o] is None else im.transpose(T[o])
            ex = Image.Exif(); ex[0x0112] = o
            st.save(f"phone/{part}/{kind}/IMG_{i:04}.jpg", quality=92, exif=ex)
    os.makedirs(f"heic/{kind}", exist_ok=True)
    for i in range(20):
        scene(kind, i).save("x.png"); subprocess.run(["heif-enc","-q","80","-o",f"heic/{kind}/IMG_{i:04}.HEIC","x.png"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
os.remove("x.png")
# Kaggle
os.makedirs("kaggle/train", exist_ok=True); os.makedirs("kaggle/test", exist_ok=True)
with open("kaggle/train.csv","w") as f:
    f.write("id,label\n")
    for i in range(120):
        kind = random.choice(["house","boat"]); name = f"{random.getrandbits(48):012x}"
        scene(kind,i).save(f"kaggle/train/{name}.jpg", quality=90); f.write(f"{name},{kind}\n")
for i in range(10): scene(random.choice(["house","boat"]),i).save(f"kaggle/test/{random.getrandbits(48):012x}.jpg")
open("kaggle/sample_submission.csv","w").write("id,label\n")
# MNIST
fonts=[p for p in ("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf","/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf") if os.path.exists(p)]
os.makedirs("mnist", exist_ok=True)
for part,n in (("train",600),("t10k",100)):
    px=b""; lb=b""
    for i in range(n):
        k=random.randrange(10); im=Image.new("L",(28,28)); d=ImageDraw.Draw(im)
        if fonts: d.text((random.randint(5,9),random.randint(-1,3)),str(k),fill=255,font=ImageFont.truetype(random.choice(fonts),random.randint(20,24)))
        else:
            s=Image.new("L",(8,11)); ImageDraw.Draw(s).text((1,0),str(k),fill=255); im.paste(s.resize((18,24)),(random.randint(2,8),random.randint(0,4)))
        im=im.rotate(random.uniform(-12,12)); px+=im.tobytes(); lb+=bytes([k])
    open(f"mnist/{part}-images-idx3-ubyte","wb").write(struct.pack(">IIII",2051,n,28,28)+px)
    open(f"mnist/{part}-labels-idx1-ubyte","wb").write(struct.pack(">II",2049,n)+lb)
# icons: black in every pixel, the drawing in alpha alone
for kind in ("circle","cross","square"):
    os.makedirs(f"icons/{kind}", exist_ok=True)
    for i in range(30):
        a=Image.new("L",(64,64)); d=ImageDraw.Draw(a); s=random.randint(10,20); cx=random.randint(22,42); cy=random.randint(22,42); w=random.randint(3,6)
        if kind=="circle": d.ellipse([cx-s,cy-s,cx+s,cy+s],outline=255,width=w)
        elif kind=="square": d.rectangle([cx-s,cy-s,cx+s,cy+s],outline=255,width=w)
        else: d.line([cx-s,cy-s,cx+s,cy+s],fill=255,width=w); d.line([cx-s,cy+s,cx+s,cy-s],fill=255,width=w)
        im=Image.new("RGBA",(64,64),(0,0,0,0)); im.putalpha(a); im.save(f"icons/{kind}/{i}.png")
