"""Opens the exports of trained runs in Keras, ONNX Runtime and safetensors, and compares probabilities.

usage: check-exports.py HEADSTART WORK RUN... --pictures PICTURE...

Started by check-exports. All programs see the same pixels, those of `headstart preview`, so that only the network
is compared. Prints the largest difference of each form; the exit code is 1 if one is over the bound. Then does what
docs/exports.md shows, where the pictures' decoding is Pillow's.
"""

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
import zipfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import onnx
import onnxruntime
import safetensors.numpy

PROBABILITY_BOUND = 1e-4
MEMORY_BOUND = 300e6


def run(*arguments):
    """Runs a program to its end; gives what it printed and the most memory that it had, in bytes."""
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    # The system's figure after the end would count this process, from which the program was forked.
    peak = 0
    while process.poll() is None:
        for line in open(f"/proc/{process.pid}/status"):
            if line.startswith("VmHWM:"):
                peak = max(peak, int(line.split()[1]) * 1024)
        time.sleep(0.002)
    if process.returncode != 0:
        sys.exit(f"error: {' '.join(arguments)} failed; run it by hand")
    return process.stdout.read(), peak


def preprocessed(pictures, kind):
    """What `--no-preprocessing` leaves to the caller, as Keras does it."""
    if kind == "rescale":
        return pictures / np.float32(255)
    return keras.applications.imagenet_utils.preprocess_input(pictures.copy(), mode=kind)


def keras_probabilities(path, values):
    return keras.saving.load_model(path).predict(values, verbose=0)


def onnx_probabilities(path, values):
    onnx.checker.check_model(path, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    together = session.run(["probabilities"], {name: values})[0]
    alone = session.run(["probabilities"], {name: values[:1]})[0]
    return np.where(np.arange(len(values))[:, None] == 0, alone, together)


def safetensors_probabilities(path, values, backbone):
    """Puts the tensors into a network of Keras' own, by their names."""
    tensors = safetensors.numpy.load_file(path)
    head_layers = [
        keras.layers.Flatten(name="flatten"),
        keras.layers.Dense(tensors["dense/bias"].size, activation="relu", name="dense"),
        keras.layers.Dense(tensors["dense_1/bias"].size, activation="softmax", name="dense_1"),
    ]
    network = keras.Sequential([keras.Input(values.shape[1:])])
    if backbone:
        kind = {"vgg16": keras.applications.VGG16, "vgg19": keras.applications.VGG19}[backbone]
        for layer in kind(weights=None, include_top=False, input_shape=values.shape[1:]).layers[1:]:
            network.add(layer)
    for layer in head_layers:
        network.add(layer)
    names = {f"{layer.name}/{variable.name}" for layer in network.layers for variable in layer.weights}
    assert names == set(tensors), f"{path} has other tensors than Keras: {names ^ set(tensors)}"
    for layer in network.layers:
        if layer.weights:
            layer.set_weights([tensors[f"{layer.name}/{variable.name}"] for variable in layer.weights])
    return network.predict(values, verbose=0)


def metadata(path, form):
    """What a file says of itself."""
    if form == "keras":
        return json.loads(zipfile.ZipFile(path).read("metadata.json"))["headstart"]
    if form == "onnx":
        return {entry.key: entry.value for entry in onnx.load(path).metadata_props}
    with safetensors.safe_open(path, framework="numpy") as file:
        return file.metadata()


def predicted(headstart, pictures, common):
    """The classes, and what `headstart predict` gives: pictures x classes."""
    predictions = json.loads(run(headstart, "predict", *pictures, *common, "--top", "100", "--json")[0])
    lines = [{p["class"]: p["probability"] for p in line["predictions"]} for line in predictions]
    classes = sorted(lines[0])
    return classes, np.array([[line[name] for name in classes] for line in lines])


def check(headstart, work, directory, pictures):
    """Compares every form of one run's model; gives whether all are within the bounds."""
    name = os.path.basename(directory)
    common = ["--model", directory, "--cache", f"{work}/cache"]
    classes, expected = predicted(headstart, pictures, common)

    def arrays(folder):
        return np.stack([np.load(f"{folder}/{os.path.basename(p)}.npy") for p in pictures]).astype(np.float32)

    described = metadata_of_model(directory)
    backbone, kind = described["backbone"], described["preprocessing"]
    run(headstart, "preview", *pictures, "--npy", f"{work}/pixels")
    pixels = arrays(f"{work}/pixels")
    plan = json.load(open(f"{directory}/config.json"))
    weights = ["--weights", plan["weights"], "--backbone", backbone, "--preprocess", kind]
    run(headstart, "features", *pictures, *weights, "--cache", f"{work}/cache", "--npy", f"{work}/features-{name}")
    features = arrays(f"{work}/features-{name}")

    cases = []
    for form in ["keras", "onnx", "safetensors"]:
        # The caller preprocesses for safetensors, which hold no operations.
        own = form != "safetensors"
        cases.append((form, "whole network", [], pixels if own else preprocessed(pixels, kind), backbone))
        if own:
            cases.append((form, "no preprocessing", ["--no-preprocessing"], preprocessed(pixels, kind), backbone))
        cases.append((form, "head only", ["--head-only"], features, None))

    passed = True
    for number, (form, part, options, values, network) in enumerate(cases):
        path = f"{work}/{name}-{number}.{form}"
        _, memory = run(headstart, "export", *common, "--format", form, "--out", path, *options)
        size = os.path.getsize(path)
        if form == "keras":
            found = keras_probabilities(path, values)
        elif form == "onnx":
            found = onnx_probabilities(path, values)
        else:
            found = safetensors_probabilities(path, values, network)
        said = metadata(path, form)
        assert json.loads(said["classes"]) == classes and said["preprocessing"] == kind, f"{path} describes another"
        assert said["weights_digest"] == described["weights_digest"], f"{path} names other weights"
        difference = float(np.abs(found - expected).max())
        good = difference <= PROBABILITY_BOUND and memory <= size + MEMORY_BOUND
        passed &= good
        print(
            f"{name:14}{form:12}{part:18}largest difference {difference:.1e}  {size / 1e6:6.1f} MB"
            f"  memory {memory / 1e6:5.0f} MB{'' if good else '  TOO MUCH'}",
            flush=True,
        )
        os.remove(path)
    spread = np.sort(expected.max(axis=1))
    print(f"{name:14}highest probabilities from {spread[0]:.3f} to {spread[-1]:.3f}")
    return passed


def check_document(headstart, work, directory, pictures):
    """Does what the document shows, commands and Python; gives whether it comes to what `predict` gives."""
    folder, cache = f"{work}/document", ["--cache", f"{work}/cache"]
    os.makedirs(f"{folder}/runs")
    os.symlink(directory, f"{folder}/runs/first")
    for picture, name in zip(pictures, ["a.jpg", "b.jpg"]):
        shutil.copy(picture, f"{folder}/{name}")
    document = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../docs/exports.md")
    lines = [line[4:] for line in open(document) if line.startswith("    ")]
    os.chdir(folder)
    classes, expected = predicted(headstart, ["a.jpg", "b.jpg"], ["--model", directory, *cache])
    commands = [shlex.split(line) for line in lines if line.startswith("headstart ")]
    for command in commands:
        run(headstart, *command[1:], *cache)
    # Each program's part begins with its imports.
    parts = "".join(line for line in lines if not line.startswith("headstart ")).split("import json")
    names, passed = {}, len(commands) == 3 and len(parts) == 4
    for part in parts:
        exec(part if part is parts[0] else "import json" + part, names)
        if "probabilities" in names:
            found = names["probabilities"]
            passed &= bool(np.abs(found - expected[: len(found)]).max() <= PROBABILITY_BOUND)
            passed &= names["classes"] == classes
    print(f"docs/exports.md: {'as it says' if passed else 'NOT as it says'}")
    return passed


def metadata_of_model(directory):
    return metadata(f"{directory}/model.safetensors", "safetensors")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("headstart")
    parser.add_argument("work")
    parser.add_argument("runs", nargs="+")
    parser.add_argument("--pictures", nargs="+", required=True)
    options = parser.parse_args()
    print(
        f"Keras {keras.__version__}, ONNX {onnx.__version__}, ONNX Runtime {onnxruntime.__version__}, safetensors "
        f"{safetensors.__version__}; {len(options.pictures)} pictures, bound {PROBABILITY_BOUND:.0e}"
    )
    results = [check(options.headstart, options.work, directory, options.pictures) for directory in options.runs]
    results.append(check_document(options.headstart, options.work, options.runs[0], options.pictures))
    sys.exit(0 if all(results) else 1)


main()
