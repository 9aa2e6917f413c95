#!/bin/sh
# Makes the files here, 64 pixels wide and 48 high: the left half red, the right half blue. Needs ImageMagick and heif-enc (Debian: imagemagick, libheif-examples).
set -e
cd "$(dirname "$0")"
convert -size 32x48 xc:red xc:blue +append halves.png
heif-enc -q 40 -o left-red-right-blue.heic halves.png
heif-enc -A -q 40 -o left-red-right-blue.avif halves.png
rm halves.png
