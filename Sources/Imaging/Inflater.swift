import CZlib

/// Inflates a zlib stream piece by piece.
struct Inflater: ~Copyable {
    enum Step {
        case filled
        /// The target isn't full: the source is used up or the stream has ended.
        case ended
    }

    /// On the heap, because zlib keeps its address.
    private let stream: UnsafeMutablePointer<z_stream>

    private(set) var isAtEnd = false

    init() throws(ImageDecodingError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // The macro inflateInit passes the two arguments after the stream.
        guard inflateInit_(stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw .outOfMemory
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Whether part of the current source is unread.
    var hasSource: Bool { stream.pointee.avail_in > 0 }

    /// Sets the next piece, which must stay in place until it is used up.
    func setSource(_ source: UnsafeRawBufferPointer) {
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: source.assumingMemoryBound(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = UInt32(source.count)
    }

    /// Fills `target` from `start`, which is advanced. Throws if zlib reports an error.
    mutating func inflate(
        into target: UnsafeMutableBufferPointer<UInt8>, from start: inout Int, kind: ImageKind
    ) throws(ImageDecodingError) -> Step {
        stream.pointee.next_out = target.baseAddress.map { $0 + start }
        stream.pointee.avail_out = UInt32(target.count - start)
        let code = CZlib.inflate(stream, Z_NO_FLUSH)
        start = target.count - Int(stream.pointee.avail_out)
        if code == Z_MEM_ERROR { throw .outOfMemory }
        // zlib would ask for the dictionary again and again, and no format here has one.
        if code == Z_NEED_DICT { throw .damaged(kind, detail: "compressed data that need a dictionary") }
        guard code >= 0 else {
            let detail = stream.pointee.msg.map { String(cString: $0) } ?? "compressed data that end early"
            throw .damaged(kind, detail: detail)
        }
        isAtEnd = code == Z_STREAM_END
        return stream.pointee.avail_out == 0 ? .filled : .ended
    }

    /// The content of a short stream; `nil` if it is damaged. Throws if there is more than `limit`.
    static func content(
        of source: UnsafeRawBufferPointer, limit: Int, kind: ImageKind
    ) throws(ImageDecodingError) -> [UInt8]? {
        var inflater = try Inflater()
        inflater.setSource(source)
        var count = 0
        var isDamaged = false
        let content = try [UInt8](count: limit) { (target) throws(ImageDecodingError) in
            do throws(ImageDecodingError) {
                _ = try inflater.inflate(into: target, from: &count, kind: kind)
            } catch {
                if error == .outOfMemory { throw error }
                // A stream that ends early is accepted.
                isDamaged = inflater.hasSource
            }
        }
        if isDamaged { return nil }
        if inflater.hasSource && !inflater.isAtEnd {
            throw .damaged(kind, detail: "a text or profile that unpacks to more than \(limit) bytes")
        }
        return Array(content.prefix(count))
    }
}
