cd /tmp/s19b/doc; rm -rf out; mkdir out
export RF3D_HEIC=/tmp/s19b/doc/heiclib XDG_DATA_HOME=/tmp/s19b/doc/xdg; rm -rf heiclib
R="dotnet BIN/rf3d.dll"
r() { echo "\$ rf3d $*"; $R "$@" 2>&1; echo "[exit $?]"; echo; }
r train --dataset phone --name Phone --output out
r evaluate out/Phone.zip --dataset phone --no-orientation
r train --dataset heic --name Heic --output out
r install-heic
r train --dataset heic --name Heic --output out
r predict out/Heic.zip heic/boat/IMG_0003.HEIC
r train --dataset kaggle --name Kaggle --output out
r predict out/Kaggle.zip kaggle/test --format csv
r train --dataset mnist --name Digits --output out
r train --dataset icons --name Icons --output out
r train --dataset icons --name IconsBlack --background black --output out
