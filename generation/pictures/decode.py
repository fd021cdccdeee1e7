"""Decodes one picture that somebody sent, in a process of its own: `python decode.py LIMITS SOURCE TARGET SMALL`.

It imports nothing of the project and is given no environment, so whatever a picture does to a decoder happens where no
secret is, within the memory, time and file size of LIMITS (JSON). What it writes are new pictures made of pixels alone:
turned upright, in sRGB, without metadata. It prints one line of JSON: {"width", "height"}, or {"refused": code}.
"""

import contextlib
import io
import json
import resource
import sys
from pathlib import Path


def restrict(limits: dict[str, int]) -> None:
    """Take away what a decoder does not need. Not every system knows every limit; the parent's clock always runs."""
    wanted = {
        resource.RLIMIT_AS: limits["memory"],
        resource.RLIMIT_CPU: limits["seconds"],
        resource.RLIMIT_FSIZE: limits["file"],
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 64,
    }
    for what, most in wanted.items():
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


def decode(limits: dict[str, int], source: Path, target: Path, small: Path) -> dict[str, object]:
    """Write the picture and its small copy; the answer is what is printed."""
    # The plugins are the only decoders that are loaded.
    from PIL import Image, ImageFile, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401

    ImageFile.LOAD_TRUNCATED_IMAGES = False
    Image.MAX_IMAGE_PIXELS = None  # asked below, before anything is decoded
    with Image.open(source, formats=("PNG", "JPEG", "WEBP")) as picture:
        # A camera's JPEG with further pictures in it (MPO) is no film.
        if picture.format != "MPO" and getattr(picture, "n_frames", 1) > 1:
            return {"refused": "animated"}
        if picture.width * picture.height > limits["pixels"]:
            return {"refused": "too_many_pixels"}
        if min(picture.size) < limits["shortest"]:
            return {"refused": "too_small"}
        lossless = picture.format == "PNG"
        upright = ImageOps.exif_transpose(flat(picture))
    upright.info.clear()
    upright.thumbnail((limits["longest"], limits["longest"]), Image.Resampling.LANCZOS)
    encoding = {"lossless": True, "quality": 0, "method": 0} if lossless else {"quality": 95, "method": 2}
    upright.save(target, "WEBP", **encoding)
    width, height = upright.size
    upright.thumbnail((limits["small"], limits["small"]))
    upright.save(small, "WEBP", quality=80)
    return {"width": width, "height": height}


def flat(picture):  # type: ignore[no-untyped-def]  # Pillow is imported only once the limits hold
    """The picture in sRGB, on white where it was transparent; its Exif stays until it was turned upright."""
    from PIL import Image, ImageCms

    exif, profile = picture.getexif(), picture.info.get("icc_profile")
    picture.load()
    if picture.mode.startswith("I"):  # 16 bits a pixel, which Pillow would cut off instead of scaling
        picture = picture.point(lambda value: value / 256).convert("L")
    if picture.mode in {"P", "PA", "LA", "RGBA", "RGBa"} or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Image.new("RGB", picture.size, "white")
        white.paste(picture, mask=picture.getchannel("A"))
        picture = white
    elif profile and picture.mode in {"RGB", "CMYK", "L"}:
        # A broken profile, or one for another kind of pixels: the numbers are taken as they are.
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError):
            made = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            srgb = ImageCms.createProfile("sRGB")
            picture = ImageCms.profileToProfile(picture, made, srgb, outputMode="RGB") or picture
    picture = picture.convert("RGB")
    picture.info["exif"] = exif.tobytes() if exif else b""
    return picture


def main() -> None:
    limits = json.loads(sys.argv[1])
    restrict(limits)
    try:
        answer = decode(limits, *map(Path, sys.argv[2:5]))
    except MemoryError:
        answer = {"refused": "too_large_to_decode"}
    except Exception:  # noqa: BLE001  whatever a decoder stumbles over is a picture that cannot be read
        answer = {"refused": "unreadable"}
    print(json.dumps(answer))  # noqa: T201  this is what its parent reads


if __name__ == "__main__":
    main()
