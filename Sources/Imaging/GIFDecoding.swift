import CGIF

/// GIF: the first frame, on the screen it belongs to, through giflib.
enum GIFDecoding {
    static func decode(
        _ bytes: UnsafeRawBufferPointer, options: DecodingOptions
    ) throws(ImageDecodingError) -> RGBImage {
        let reader = try GIFReader(bytes)
        let frame = try reader.readFrame()
        let (left, top) = (Int(frame.left), Int(frame.top))
        let (frameWidth, frameHeight) = (Int(frame.width), Int(frame.height))
        try options.check(width: frameWidth, height: frameHeight, kind: .gif)
        // A frame that sticks out widens the screen.
        let width = max(Int(frame.screen_width), left + frameWidth)
        let height = max(Int(frame.screen_height), top + frameHeight)
        try options.check(width: width, height: height, kind: .gif)

        let indices = try reader.readIndices(count: frameWidth * frameHeight)
        let table = colorTable(of: frame)
        // What the frame leaves free shows the transparent index's colour, or index 0's; as in Pillow, not
        // black.
        var row = [UInt8](repeating: UInt8(max(frame.transparent, 0)), count: width)
        let empty = row
        return RGBImage(width: width, height: height) { target in
            guard let target = target.baseAddress else { return }
            for y in 0..<height {
                if (top..<(top + frameHeight)).contains(y) {
                    let start = (y - top) * frameWidth
                    row.replaceSubrange(
                        left..<(left + frameWidth), with: indices[start..<(start + frameWidth)])
                } else {
                    row = empty
                }
                table.write(row, bits: 8, count: width, to: target + 3 * y * width)
            }
        }
    }

    /// The frame's palette, or else the file's. One that is the greys in order counts as none, and without
    /// one an index is a grey.
    private static func colorTable(of frame: headstart_gif_frame) -> ColorTable {
        for palette in [frame.local, frame.global] {
            let entries = withUnsafeBytes(of: palette.entries) { Array($0.prefix(3 * Int(palette.count))) }
            if !entries.indices.allSatisfy({ Int(entries[$0]) == $0 / 3 }) {
                return ColorTable(palette: entries)
            }
        }
        return ColorTable(grayBits: 8)
    }
}

/// The owner of one giflib decoder; the bytes outlive it.
private struct GIFReader: ~Copyable {
    private let handle: OpaquePointer

    init(_ bytes: UnsafeRawBufferPointer) throws(ImageDecodingError) {
        let start = bytes.assumingMemoryBound(to: UInt8.self).baseAddress
        guard let handle = headstart_gif_open(start, bytes.count) else {
            throw .damaged(.gif, detail: "no screen descriptor")
        }
        self.handle = handle
    }

    deinit { headstart_gif_close(handle) }

    func readFrame() throws(ImageDecodingError) -> headstart_gif_frame {
        var frame = headstart_gif_frame()
        try check(headstart_gif_read_frame(handle, &frame))
        return frame
    }

    func readIndices(count: Int) throws(ImageDecodingError) -> [UInt8] {
        var indices = [UInt8](repeating: 0, count: count)
        try check(headstart_gif_read_indices(handle, &indices))
        return indices
    }

    private func check(_ success: Int32) throws(ImageDecodingError) {
        if success != 0 { return }
        if headstart_gif_ended_early(handle) != 0 { throw .truncated(.gif) }
        throw .damaged(.gif, detail: String(cString: headstart_gif_message(handle)))
    }
}
