package whatsapp

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	_ "image/png" // pictures come as JPEG or PNG
)

// picture is what a phone shows of an image before it has downloaded it.
type picture struct {
	width, height uint32 // pixels; 0 when unknown
	thumbnail     []byte // JPEG; nil for none
}

const (
	// mostPixels is the largest picture that is opened to make it small: 16 MB of memory as a PNG.
	mostPixels = 4 << 20
	// small is the longer side of what is shown before the picture is there, in pixels.
	small = 72
)

// look measures a picture and makes it small. One that is broken or large goes without.
func look(data []byte) picture {
	conf, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || conf.Width <= 0 || conf.Height <= 0 {
		return picture{}
	}
	p := picture{width: uint32(conf.Width), height: uint32(conf.Height)}
	if conf.Width > mostPixels/conf.Height {
		return p
	}
	full, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return p
	}
	var out bytes.Buffer
	if jpeg.Encode(&out, shrink(full), &jpeg.Options{Quality: 50}) == nil {
		p.thumbnail = out.Bytes()
	}
	return p
}

// shrink takes one pixel, from its middle, for each field of a grid over the picture. What is transparent
// becomes white.
func shrink(full image.Image) image.Image {
	b := full.Bounds()
	w, h := small, small
	if b.Dx() > b.Dy() {
		h = max(1, small*b.Dy()/b.Dx())
	} else {
		w = max(1, small*b.Dx()/b.Dy())
	}
	w, h = min(w, b.Dx()), min(h, b.Dy())
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			out.Set(x, y, onWhite(full.At(b.Min.X+(2*x+1)*b.Dx()/(2*w), b.Min.Y+(2*y+1)*b.Dy()/(2*h))))
		}
	}
	return out
}

func onWhite(c color.Color) color.Color {
	r, g, b, a := c.RGBA() // premultiplied, 16 bits
	white := 0xffff - a
	return color.RGBA64{R: uint16(r + white), G: uint16(g + white), B: uint16(b + white), A: 0xffff}
}
