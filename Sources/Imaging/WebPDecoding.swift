import CWebP

/// WebP: lossy, lossless, and the first frame of an animation, through libwebp's animation decoder as in
/// Pillow.
enum WebPDecoding {
    static func decode(
        _ bytes: UnsafeRawBufferPointer, options: DecodingOptions
    ) throws(ImageDecodingError) -> RGBImage {
        let start = bytes.assumingMemoryBound(to: UInt8.self).baseAddress
        var features = WebPBitstreamFeatures()
        switch WebPGetFeatures(start, bytes.count, &features) {
        case VP8_STATUS_OK: break
        case VP8_STATUS_NOT_ENOUGH_DATA: throw .truncated(.webp)
        default: throw .damaged(.webp, detail: "its header")
        }
        // Making the decoder allocates the whole canvas.
        try options.check(width: Int(features.width), height: Int(features.height), kind: .webp)
        return try WebPReader(bytes).readFirstFrame(options: options)
    }
}

/// Owns one libwebp animation decoder. The bytes must outlive it.
private struct WebPReader: ~Copyable {
    private let handle: OpaquePointer

    init(_ bytes: UnsafeRawBufferPointer) throws(ImageDecodingError) {
        var data = WebPData(bytes: bytes.assumingMemoryBound(to: UInt8.self).baseAddress, size: bytes.count)
        var options = WebPAnimDecoderOptions()
        guard WebPAnimDecoderOptionsInit(&options) != 0 else {
            throw .damaged(.webp, detail: "libwebp is another version than its header")
        }
        options.color_mode = MODE_RGBA
        options.use_threads = 0
        guard let handle = WebPAnimDecoderNew(&data, &options) else {
            throw .damaged(.webp, detail: "its chunks are cut or contradict each other")
        }
        self.handle = handle
    }

    deinit { WebPAnimDecoderDelete(handle) }

    func readFirstFrame(options: DecodingOptions) throws(ImageDecodingError) -> RGBImage {
        var info = WebPAnimInfo()
        guard WebPAnimDecoderGetInfo(handle, &info) != 0 else { throw .damaged(.webp, detail: "its header") }
        let (width, height) = (Int(info.canvas_width), Int(info.canvas_height))
        try options.check(width: width, height: height, kind: .webp)
        var canvas: UnsafeMutablePointer<UInt8>?
        var timestamp: Int32 = 0
        guard WebPAnimDecoderGetNext(handle, &canvas, &timestamp) != 0, let canvas else {
            throw .damaged(.webp, detail: "its pixels")
        }
        return try RGBImage(decodedWidth: width, height: height) { target in
            guard let target = target.baseAddress else { return }
            PixelRow.copy(canvas, pixelBytes: 4, offsets: (0, 1, 2), count: width * height, to: target)
        }
    }
}
