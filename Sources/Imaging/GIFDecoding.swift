/// GIF: the first frame, placed on its screen.
enum GIFDecoding {
    static func decode(
        _ bytes: UnsafeRawBufferPointer, options: DecodingOptions
    ) throws(ImageDecodingError) -> RGBImage {
        let frame = try GIFFrame(bytes)
        try options.check(width: frame.width, height: frame.height, kind: .gif)
        let (width, height) = (frame.screenWidth, frame.screenHeight)
        try options.check(width: width, height: height, kind: .gif)

        var pixels = GIFPixels(bytes, at: frame.pixelOffset)
        let indices = try [UInt8](count: frame.width * frame.height) { (target) throws(ImageDecodingError) in
            try pixels.read(
                minimumBits: frame.minimumBits, isInterlaced: frame.isInterlaced,
                width: frame.width, height: frame.height, into: target)
        }
        let table = frame.palette.map { ColorTable(palette: $0) } ?? ColorTable(grayBits: 8)
        // As in Pillow, the area outside the frame has the colour of the transparent index, or of index 0,
        // and isn't black.
        var row = [UInt8](repeating: UInt8(frame.transparent ?? 0), count: width)
        let empty = row
        return try RGBImage(decodedWidth: width, height: height) { target in
            guard let target = target.baseAddress else { return }
            for y in 0..<height {
                if (frame.top..<(frame.top + frame.height)).contains(y) {
                    let start = (y - frame.top) * frame.width
                    row.replaceSubrange(
                        frame.left..<(frame.left + frame.width), with: indices[start..<(start + frame.width)])
                } else {
                    row = empty
                }
                table.write(row, bits: 8, count: width, to: target + 3 * y * width)
            }
        }
    }
}
