"""Writes what Keras, Pillow and h5py make of fixed inputs, for tests to compare with.

usage: reference.py FOLDER

Started by `scripts/reference`. Everything is drawn from seeds, so that nobody's photos are in it; the folders have the
form of `golden/`, the larger set beside the project. `versions.json` names what computed it.
"""

import hashlib
import io
import json
import os
import struct
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import h5py
import keras
import numpy as np
import PIL
from keras.src.legacy.preprocessing.image import DirectoryIterator, ImageDataGenerator
from keras.utils import img_to_array, load_img
from PIL import Image

SEED = 7
VGG_FEATURES = (7, 7, 512)


def save_json(path, value):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, indent=1)
        file.write("\n")


def save(path, array):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    np.save(path, np.ascontiguousarray(array))


def picture(height, width, seed):
    """A picture with soft shades, edges and a little noise, uint8 (height, width, 3)."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    channels = []
    for _ in range(3):
        a, b, phase = random.uniform(-8, 8), random.uniform(-8, 8), random.uniform(0, 6)
        channels.append(127 + 90 * np.sin(a * x / width + b * y / height + phase))
    pixels = np.stack(channels, axis=-1)
    for _ in range(5):
        top, left = random.integers(0, height), random.integers(0, width)
        pixels[top : top + height // 4, left : left + width // 4] = random.uniform(0, 255, 3)
    pixels += random.normal(0, 6, pixels.shape)
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)


# Folders


def write_scan(folder, scratch):
    created = [
        "10/b.jpg", "10/a.JPG", "9/deep/er/x.png", "9/deep-er/y.png", "9/z.jpeg", "9/notes.txt", "9/anim.gif",
        "9/w.webp", ".hidden/h.jpg", "Empty/.keep", "beta/B.jpg", "beta/a.jpg", "beta/_.tiff", "beta/c.tif",
        "Äpfel/ü.bmp", "zeta/p.ppm",
    ]
    for name in created:
        path = os.path.join(scratch, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        open(path, "wb").close()
    found = DirectoryIterator(scratch, ImageDataGenerator(), target_size=(8, 8), shuffle=False)
    save_json(
        f"{folder}/scan/tree.json",
        {
            "created": created,
            "class_indices": found.class_indices,
            "filenames": found.filenames,
            "classes": [int(label) for label in found.classes],
        },
    )


# Decoding


def png_interlaced(pixels):
    """Adam7, which Pillow reads and does not write."""
    import zlib

    height, width, _ = pixels.shape
    rows = b""
    for x0, y0, dx, dy in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]:
        part = pixels[y0::dy, x0::dx]
        if part.size:
            rows += b"".join(b"\0" + row.tobytes() for row in part)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def odd_pictures():
    """Names and bytes of pictures of every kind."""
    image = Image.fromarray(picture(37, 48, 1))
    grey = image.convert("L")
    alpha = image.copy()
    alpha.putalpha(Image.fromarray(picture(37, 48, 2)[:, :, 0]))
    palette = image.quantize(64)
    deep = Image.fromarray((picture(37, 48, 3)[:, :, 0].astype(np.uint16) * 257) ^ 0x35)
    bits = grey.convert("1")

    def encoded(source, kind, **options):
        data = io.BytesIO()
        source.save(data, kind, **options)
        return data.getvalue()

    exif = Image.Exif()
    exif[0x0112] = 6
    yield "rgb.jpg", encoded(image, "JPEG", quality=90, subsampling=0)
    yield "420.jpg", encoded(image, "JPEG", quality=75, subsampling=2)
    yield "422.jpg", encoded(image, "JPEG", quality=75, subsampling=1)
    yield "progressive.jpg", encoded(image, "JPEG", quality=80, progressive=True)
    yield "restarts.jpg", encoded(image, "JPEG", quality=80, restart_marker_blocks=2)
    yield "grey.jpg", encoded(grey, "JPEG", quality=85)
    yield "cmyk.jpg", encoded(image.convert("CMYK"), "JPEG", quality=90)
    yield "orientation_6.jpg", encoded(image, "JPEG", quality=90, exif=exif)
    yield "truncated.jpg", encoded(image, "JPEG", quality=90)[:-300]
    yield "rgb.png", encoded(image, "PNG")
    yield "rgba.png", encoded(alpha, "PNG")
    yield "grey.png", encoded(grey, "PNG")
    yield "grey_alpha.png", encoded(alpha.convert("LA"), "PNG")
    yield "16bit.png", encoded(deep, "PNG")
    yield "1bit.png", encoded(bits, "PNG")
    yield "palette.png", encoded(palette, "PNG")
    yield "palette_4.png", encoded(image.quantize(16), "PNG", bits=4)
    yield "palette_transparent.png", encoded(palette, "PNG", transparency=bytes(range(0, 256, 4)))
    yield "grey_transparent.png", encoded(grey, "PNG", transparency=128)
    yield "interlaced.png", png_interlaced(np.asarray(image))
    yield "truncated.png", encoded(image, "PNG")[:-900]
    yield "rgb.bmp", encoded(image, "BMP")
    yield "grey.bmp", encoded(grey, "BMP")
    yield "palette.bmp", encoded(palette, "BMP")
    yield "1bit.bmp", encoded(bits, "BMP")
    yield "rgba.bmp", encoded(alpha, "BMP")
    yield "rgb.ppm", encoded(image, "PPM")
    yield "grey.pgm", encoded(grey, "PPM")
    yield "16bit.pgm", encoded(deep, "PPM")
    yield "1bit.pbm", encoded(bits, "PPM")
    yield "plain.pgm", b"P2\n# plain text\n4 3\n15\n" + b" ".join(b"%d" % (v % 16) for v in range(12)) + b"\n"
    yield "rgb.tif", encoded(image, "TIFF")
    yield "lzw.tif", encoded(image, "TIFF", compression="tiff_lzw")
    yield "deflate.tif", encoded(image, "TIFF", compression="tiff_adobe_deflate")
    yield "packbits.tif", encoded(image, "TIFF", compression="packbits")
    yield "group4.tif", encoded(bits, "TIFF", compression="group4")
    yield "group3.tif", encoded(bits, "TIFF", compression="group3")
    yield "jpeg.tif", encoded(image, "TIFF", compression="jpeg")
    yield "palette.tif", encoded(palette, "TIFF")
    yield "cmyk.tif", encoded(image.convert("CMYK"), "TIFF")
    yield "rgba.tif", encoded(alpha, "TIFF", compression="tiff_lzw")
    yield "16bit.tif", encoded(deep, "TIFF")
    yield "truncated.tif", encoded(image, "TIFF")[:2000]
    yield "palette.gif", encoded(palette, "GIF")
    yield "transparent.gif", encoded(palette, "GIF", transparency=3)
    yield "grey.gif", encoded(grey, "GIF", interlace=1)
    yield "animated.gif", encoded(
        palette, "GIF", save_all=True, append_images=[image.rotate(180).quantize(32)], duration=40)
    yield "lossy.webp", encoded(image, "WEBP", quality=80)
    yield "lossless.webp", encoded(image, "WEBP", lossless=True)
    yield "alpha.webp", encoded(alpha, "WEBP", quality=80)
    yield "truncated.webp", encoded(image, "WEBP", quality=80)[:200]
    yield "text.png", b"This is not a picture.\n"
    yield "empty.jpg", b""
    # As large as a small photo, fitted as in the recipe.
    yield "photo.jpg", encoded(Image.fromarray(picture(300, 400, 4)), "JPEG", quality=85)
    yield "photo.png", encoded(Image.fromarray(picture(75, 100, 5)), "PNG")


def write_decoding(folder):
    index = {}
    os.makedirs(f"{folder}/decode/images", exist_ok=True)
    for name, data in odd_pictures():
        path = f"{folder}/decode/images/{name}"
        with open(path, "wb") as file:
            file.write(data)
        side = 224 if name.startswith("photo") else 32
        try:
            fitted = load_img(path, target_size=(side, side), interpolation="nearest")
        except Exception as error:
            index[name] = {"ok": False, "error": type(error).__name__}
            continue
        whole = Image.open(path)
        index[name] = {"ok": True, "size": list(whole.size), "mode": whole.mode, "fitted": side}
        save(f"{folder}/decode/{name}.npy", np.asarray(fitted))
    save_json(f"{folder}/decode/index.json", index)


# Augmentation


def write_augmentation(folder):
    source = picture(30, 40, 6).astype(np.float32)
    still = {"theta": 0, "tx": 0, "ty": 0, "shear": 0, "zx": 1, "zy": 1, "flip_horizontal": False}
    changes = [
        {}, {"flip_horizontal": True}, {"zx": 0.8, "zy": 1.2}, {"zx": 1.19, "zy": 0.83}, {"shear": 0.2},
        {"shear": -0.17, "flip_horizontal": True}, {"theta": 33}, {"tx": 3.5, "ty": -2.25},
        {"shear": 0.13, "zx": 1.1, "zy": 0.95}, {"theta": -12, "tx": 1, "ty": 2, "shear": 8, "zx": 0.9, "zy": 1.15},
    ]
    generator = ImageDataGenerator(fill_mode="nearest")
    cases = [still | change for change in changes]
    save_json(f"{folder}/augment/cases.json", cases)
    save(f"{folder}/augment/source.npy", source)
    for number, case in enumerate(cases):
        save(f"{folder}/augment/case{number:02}.npy", generator.apply_transform(source.copy(), dict(case)))


# Weights


def seeded(shape, tensor):
    """The tensor of `--weights random:7`, float32, in Keras' order (height, width, in, out)."""
    count = int(np.prod(shape))
    mask = (1 << 64) - 1
    with np.errstate(over="ignore"):
        first = np.uint64(((SEED << 48) + (tensor << 40)) & mask)
        z = first + np.arange(count, dtype=np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    unit = (z >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-23) - np.float32(1)
    scale = np.float32(np.sqrt(6 / (9 * shape[2]))) if len(shape) == 4 else np.float32(0.05)
    return (unit * scale).reshape(shape)


def tensors(model):
    """The network's kernels and biases in order."""
    return [weight for layer in model.layers for weight in layer.weights]


def write_seeded(folder, model):
    rows = []
    for number, weight in enumerate(tensors(model)):
        values = seeded(weight.shape, number)
        weight.assign(values)
        digest = hashlib.sha256(values.astype("<f4").tobytes()).hexdigest()
        rows.append({"index": number, "shape": list(values.shape), "sha256_le_float32": digest})
    save_json(f"{folder}/seeded_vgg16.json", {"seed": SEED, "tensors": rows})


def patterned(shape, tensor):
    """Values that tell tensors and places apart, and take little room in a compressed file."""
    values = np.full(int(np.prod(shape)), tensor + 0.5, np.float32)
    marked = np.arange(tensor % 5, values.size, 65521 if values.size > 65536 else 31)
    values[marked] = (marked % 8191).astype(np.float32) / 64
    return values.reshape(shape)


def compressed(source, target):
    """The same HDF5 file with its data compressed."""
    with h5py.File(source, "r") as old, h5py.File(target, "w", track_order=False) as new:

        def copy(group, into):
            for name, value in group.attrs.items():
                into.attrs[name] = value
            for name, item in group.items():
                if isinstance(item, h5py.Group):
                    copy(item, into.create_group(name))
                else:
                    options = {"compression": "gzip", "compression_opts": 9, "shuffle": True, "chunks": item.shape}
                    options = options if item.size > 1 else {}
                    made = into.create_dataset(name, data=item[()], track_times=False, **options)
                    for key, value in item.attrs.items():
                        made.attrs[key] = value

        copy(old, new)


def write_weight_files(folder, scratch):
    """VGG16 and VGG19 as Keras saves them: weights alone in its form of today, and whole models in the older one."""
    os.makedirs(f"{folder}/weights", exist_ok=True)
    index = {}
    for name, build in [("vgg16", keras.applications.VGG16), ("vgg19", keras.applications.VGG19)]:
        model = build(include_top=False, weights=None, input_shape=(224, 224, 3))
        hasher = hashlib.sha256()
        for number, weight in enumerate(tensors(model)):
            values = patterned(weight.shape, number)
            weight.assign(values)
            hasher.update(values.astype("<f4").tobytes())
        digest = hasher.hexdigest()
        for file, write in [(f"{name}.weights.h5", model.save_weights), (f"{name}.model.h5", model.save)]:
            write(f"{scratch}/{file}")
            compressed(f"{scratch}/{file}", f"{folder}/weights/{file}")
            index[file] = {"architecture": name, "sha256_le_float32": digest}
    save_json(f"{folder}/weights/index.json", index)


# Features


def write_features(folder, vgg16):
    pixels = picture(224, 224, 8)
    save(f"{folder}/features/drawn.input_u8.npy", pixels)
    vgg19 = keras.applications.VGG19(include_top=False, weights=None, input_shape=(224, 224, 3))
    for number, weight in enumerate(tensors(vgg19)):
        weight.assign(seeded(weight.shape, number))
    batch = pixels[None].astype(np.float32)
    inputs = {
        "rescale": batch / np.float32(255),
        "caffe": keras.applications.imagenet_utils.preprocess_input(batch.copy(), mode="caffe"),
        "torch": keras.applications.imagenet_utils.preprocess_input(batch.copy(), mode="torch"),
    }
    for kind, values in inputs.items():
        features = vgg16.predict(values, verbose=0)[0]
        assert features.shape == VGG_FEATURES
        save(f"{folder}/features/drawn.{kind}.npy", features)
    save(f"{folder}/features_vgg19/drawn.rescale.npy", vgg19.predict(inputs["rescale"], verbose=0)[0])


# Training


def write_training(folder):
    random = np.random.default_rng(9)
    counts = {"": 37, "val": 11}
    data = {}
    for suffix, count in counts.items():
        features = np.maximum(random.normal(0, 1.2, (count, 96)), 0).astype(np.float32)
        data[suffix] = (features, random.integers(0, 4, count).astype(np.int32))
        save(f"{folder}/training/x{suffix}.npy", features)
        save(f"{folder}/training/y{suffix}.npy", data[suffix][1])
    batch, epochs, hidden, classes = 8, 6, 24, 4
    keras.utils.set_random_seed(SEED)
    model = keras.Sequential(
        [
            keras.layers.Input((96,)),
            keras.layers.Dense(hidden, activation="relu"),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )
    names = ["kernel1", "bias1", "kernel2", "bias2"]
    for name, values in zip(names, model.get_weights()):
        save(f"{folder}/training/init_{name}.npy", values)
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    losses = []
    watch = keras.callbacks.LambdaCallback(on_train_batch_end=lambda _, logs: losses.append(logs["loss"]))
    one_hot = {suffix: np.eye(classes, dtype=np.float32)[labels] for suffix, (_, labels) in data.items()}
    history = model.fit(
        data[""][0], one_hot[""], batch_size=batch, epochs=epochs, shuffle=False, verbose=0, callbacks=[watch],
        validation_data=(data["val"][0], one_hot["val"]),
    )
    for name, values in zip(names, model.get_weights()):
        save(f"{folder}/training/final_{name}.npy", values)
    save_json(
        f"{folder}/training/history.json",
        {
            "batch": batch,
            "epochs": epochs,
            "running_mean_loss_after_each_batch": losses,
            "history": history.history,
        },
    )


def main():
    import tempfile

    folder = sys.argv[1]
    with tempfile.TemporaryDirectory() as scratch:
        write_scan(folder, f"{scratch}/tree")
        write_decoding(folder)
        write_augmentation(folder)
        vgg16 = keras.applications.VGG16(include_top=False, weights=None, input_shape=(224, 224, 3))
        write_seeded(folder, vgg16)
        write_features(folder, vgg16)
        write_weight_files(folder, scratch)
        write_training(folder)
    versions = {"keras": keras.__version__, "numpy": np.__version__, "pillow": PIL.__version__, "h5py": h5py.__version__}
    save_json(f"{folder}/versions.json", versions)


main()
