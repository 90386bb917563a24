import ExactArithmetic
import Imaging

/// The shapes in the sample pictures; each is a class.
enum SampleKind: String, CaseIterable, Sendable {
    case checks
    case circles
    case squares
    case stripes
    case triangles

    /// Which of red, green and blue its shapes have more of than the background.
    ///
    /// With random backbone weights, shape alone is too hard to learn; with a tint, some epochs suffice.
    fileprivate var tint: [Bool] {
        switch self {
        case .checks: [true, true, false]
        case .circles: [true, false, false]
        case .squares: [false, true, false]
        case .stripes: [false, false, true]
        case .triangles: [true, false, true]
        }
    }
}

/// Draws sample pictures: shapes of one kind and tint, with random sizes and places, on a noisy grey ground.
///
/// A picture depends only on its kind and index. Drawing uses only IEEE additions, multiplications and
/// divisions, so a picture is the same on every machine.
struct SampleDrawing {
    /// Shapes per picture.
    private static let shapeCount = 8
    /// The largest noise added to or subtracted from a value of 0 to 255.
    private static let noise = 12

    private var random: CounterBasedGenerator

    /// - Parameter index: the picture's number in its class; `train` and `val` use different numbers.
    init(kind: SampleKind, index: Int) {
        let number = SampleKind.allCases.firstIndex(of: kind) ?? 0
        random = CounterBasedGenerator(
            seed: 0, purpose: .samplePictures, epoch: UInt32(number), index: UInt32(index))
    }

    /// A shape's place, size and pattern, in pixels, and its color.
    private struct Shape {
        let x: Double
        let y: Double
        let radius: Double
        let period: Double
        let color: [Double]
    }

    /// Draws the picture; width and height vary from 224 to 287 pixels.
    mutating func picture(of kind: SampleKind) -> RGBImage {
        let width = 224 + random.next(below: 64)
        let height = 224 + random.next(below: 64)
        let grey = random.nextUniform(in: 100...150)
        let ground = (0..<3).map { _ in grey + random.nextUniform(in: -15...15) }
        let shapes = (0..<Self.shapeCount).map { _ in
            shape(of: kind, width: width, height: height, ground: ground)
        }
        var pixels: [UInt8] = []
        pixels.reserveCapacity(3 * width * height)
        for y in 0..<height {
            for x in 0..<width {
                let top = shapes.last { Self.covers($0, kind, Double(x), Double(y)) }
                for channel in 0..<3 {
                    let value = (top?.color ?? ground)[channel]
                    let noise = random.next(below: 2 * Self.noise + 1) - Self.noise
                    pixels.append(UInt8(min(max(Int(value) + noise, 0), 255)))
                }
            }
        }
        return RGBImage(width: width, height: height, pixels: pixels)
    }

    private mutating func shape(of kind: SampleKind, width: Int, height: Int, ground: [Double]) -> Shape {
        let radius = random.nextUniform(in: 22...48)
        return Shape(
            x: random.nextUniform(in: 20...Double(width - 20)),
            y: random.nextUniform(in: 20...Double(height - 20)),
            radius: radius, period: random.nextUniform(in: 7...13),
            color: zip(ground, kind.tint).map { value, isTinted in
                value + random.nextUniform(in: isTinted ? 40...110 : -60...20)
            })
    }

    private static func covers(_ shape: Shape, _ kind: SampleKind, _ x: Double, _ y: Double) -> Bool {
        let dx = x - shape.x
        let dy = y - shape.y
        guard max(abs(dx), abs(dy)) <= shape.radius else { return false }
        return switch kind {
        case .circles: dx * dx + dy * dy <= shape.radius * shape.radius
        case .squares: true
        case .triangles: 2 * abs(dx) <= shape.radius + dy
        case .stripes: isEven(dy / shape.period)
        case .checks: isEven(dx / shape.period) == isEven(dy / shape.period)
        }
    }

    private static func isEven(_ value: Double) -> Bool { Int(value.rounded(.down)) & 1 == 0 }
}
