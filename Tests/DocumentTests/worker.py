"""A worker written from docs/wire.md alone: what the document lacks, it can't know.

usage: worker.py DOCUMENT FOLDER ENDPOINT TOKEN_FILE

The schema is the document's proto blocks, compiled into FOLDER. The features are drawn at random by the picture's digest
and label; everything else is as the document says. Prints how often it did which work; the exit code is 1 if it was refused.
"""

import base64
import hashlib
import os
import re
import socket
import struct
import sys
import time

import numpy as np
import zmq
import zmq.utils.z85
from grpc_tools import protoc

FEATURES = 25088
SEGMENT_BYTES = 131072
MOST_SECONDS = 60


def schema(document, folder):
    blocks = re.findall(r"```proto\n(.*?)```", open(document).read(), re.S)
    with open(f"{folder}/wire.proto", "w") as file:
        file.write('syntax = "proto3";\n' + "\n".join(blocks))
    assert protoc.main(["protoc", f"-I{folder}", f"--python_out={folder}", "wire.proto"]) == 0
    sys.path.insert(0, folder)
    import wire_pb2

    return wire_pb2


class Connection:
    def __init__(self, wire, endpoint, token):
        self.wire, self.number = wire, 0
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.immediate, self.socket.linger = True, 500
        text = token.strip().removeprefix("headstart-token:")
        secret = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        assert secret[0] == 1 and hashlib.sha256(secret[:65]).digest()[:4] == secret[65:]
        self.socket.curve_serverkey = zmq.utils.z85.encode(secret[1:33])
        own = zmq.utils.z85.encode(secret[33:65])
        self.socket.curve_secretkey, self.socket.curve_publickey = own, zmq.curve_public(own)
        self.socket.connect(endpoint)

    def send(self, message, tensors=()):
        header = message.SerializeToString()
        lengths = b"".join(struct.pack("<Q", len(tensor)) for tensor in tensors)
        first = struct.pack("<BBHII", 0x48, 1, len(tensors), len(header), self.number)
        segments, room = [[first + lengths + header]], SEGMENT_BYTES
        for tensor in tensors:
            while tensor:
                if room == 0:
                    segments.append([struct.pack("<BBHII", 0x48, 2, 0, len(segments), self.number)])
                    room = SEGMENT_BYTES
                segments[-1].append(tensor[:room])
                room, tensor = room - len(segments[-1][-1]), tensor[room:]
        for segment in segments:
            self.socket.send_multipart(segment)
        self.number += 1

    def receive(self):
        """The next whole message and its tensors' bytes; nothing if none comes for half a second."""
        data, lengths = b"", None
        while lengths is None or len(data) < sum(lengths):
            if lengths is None and not self.socket.poll(500):
                return None, []
            first, *pieces = self.socket.recv_multipart()
            if first[1] == 1:
                _, _, count, size, _ = struct.unpack("<BBHII", first[:12])
                lengths = struct.unpack(f"<{count}Q", first[12 : 12 + 8 * count])
                message = self.wire.CoordinatorMessage.FromString(first[12 + 8 * count :])
            data += b"".join(pieces)
        ends = np.cumsum(lengths, dtype=int)
        return message, [data[end - length : end] for end, length in zip(ends, lengths)]


def put(tensor, values):
    """Describes the values in a message; gives their bytes."""
    tensor.element = 1 if values.dtype == np.float32 else 2
    tensor.shape.extend(values.shape)
    return values.tobytes()


def features(sample):
    generator = np.random.default_rng(list(sample.picture))
    shift = (2 * sample.label - 1.0) * (np.arange(FEATURES) % 2)
    return np.maximum(generator.standard_normal(FEATURES) + shift, 0).astype(np.float32)


def encoded(values):
    stored = values.view(np.uint32) != 0
    mask = np.packbits(stored, bitorder="little").tobytes()
    return np.frombuffer(mask + values[stored].tobytes(), np.uint8)


def deltas(sums, layers, labels, count, session):
    hidden, classes = session.hidden_units, session.class_count
    bias, kernel, output_bias = np.split(layers, [hidden, hidden + hidden * classes])
    kernel, rows = kernel.reshape(hidden, classes), np.arange(len(labels))
    active = np.maximum(sums + bias, 0)
    logits = active @ kernel + output_bias
    exponentials = np.exp(logits - logits.max(1, keepdims=True))
    output = exponentials / exponentials.sum(1, keepdims=True)
    losses, predicted = -np.log(np.maximum(output[rows, labels], 1e-7)), output.argmax(1)
    output[rows, labels] -= 1
    output /= np.float32(count)
    return active, (output @ kernel.T) * (active > 0), output, list(zip(losses, predicted))


def answer(lease, tensors, weights, session, result):
    """Does the work of a lease; fills the result and gives its tensors."""
    kind = lease.WhichOneof("work")
    work = getattr(lease, kind)
    result.id.CopyFrom(lease.id)
    result.run, result.weights, result.attempt = lease.run, lease.weights, lease.attempt
    if kind == "check":
        for _ in work.samples:
            result.checked.verdicts.add()
        return []
    if kind == "extract":
        result.extracted.SetInParent()
        samples = work.samples if work.returns_features else []
        return [put(result.extracted.features.add(), encoded(features(sample))) for sample in samples]
    if kind == "factor_gradient":
        labels, sums = list(work.labels), np.frombuffer(tensors[0], np.float32)
        sums, layers = sums.reshape(work.preactivations.shape), np.frombuffer(tensors[1], np.float32)
    else:
        kernel, layers, digest = weights
        assert digest == lease.weights
        labels = [sample.label for sample in work.samples]
        known = np.stack([features(sample) for sample in work.samples])
        sums = known @ kernel
    count = 1 if kind == "evaluate" else work.samples_in_step
    active, delta, output, scores = deltas(sums, layers, labels, count, session)
    sent = []
    if kind == "factor_gradient":
        part = result.factor_gradient
        sent = [put(part.delta, delta), put(part.output_delta, output)]
    elif kind == "dense_gradient":
        part = result.dense_gradient.rest
        gradient = np.concatenate([(active.T @ output).ravel(), output.sum(0)])
        sent = [put(result.dense_gradient.kernel, known.T @ delta), put(part.delta, delta)]
        sent.append(put(part.output_gradient, gradient))
    else:
        part = result.evaluated
    for loss, predicted in scores:
        part.scores.add(loss=loss, predicted=predicted)
    return sent


def main(document, folder, endpoint, token_file):
    wire = schema(document, folder)
    connection = Connection(wire, endpoint, open(token_file).read())
    session, weights, done, spoken = None, None, {}, 0.0
    hello = wire.WorkerMessage()
    hello.hello.protocol_version, hello.hello.worker_id = 3, os.urandom(8).hex()
    hello.hello.host, hello.hello.process_id, hello.hello.threads = socket.gethostname(), os.getpid(), 1
    hello.hello.kernels, hello.hello.arithmetic = "numpy", hashlib.sha256(b"numpy").digest()
    deadline = time.monotonic() + MOST_SECONDS
    while time.monotonic() < deadline:
        if time.monotonic() - spoken >= 1:
            alive = wire.WorkerMessage()
            alive.heartbeat.activity = "idle"
            connection.send(alive if session else hello)
            spoken = time.monotonic()
        message, tensors = connection.receive()
        kind = message and message.WhichOneof("kind")
        reply, sent = wire.WorkerMessage(), []
        if kind == "welcome":
            session = message.welcome.session
            reply.ready.slots = 2
        elif kind == "weights":
            kernel = np.frombuffer(tensors[0], np.float32).reshape(message.weights.kernel.shape)
            weights = kernel, np.frombuffer(tensors[1], np.float32), message.weights.digest
            continue
        elif kind == "lease":
            work = message.lease.WhichOneof("work")
            done[work] = done.get(work, 0) + 1
            sent = answer(message.lease, tensors, weights, session, reply.result)
        elif kind == "refused":
            sys.exit(f"refused: {message.refused.reason}")
        elif kind == "goodbye" and message.goodbye.final:
            print(" ".join(f"{work}:{count}" for work, count in sorted(done.items())))
            return
        else:
            continue
        connection.send(reply, sent)
        spoken = time.monotonic()
    sys.exit(f"no end within {MOST_SECONDS} s")


main(*sys.argv[1:])
