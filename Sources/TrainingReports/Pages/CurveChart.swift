import Foundation

/// A chart of a measure over the epochs: inline SVG without scripts, with a legend below.
package struct CurveChart: Sendable {
    /// One curve; a value for each epoch, from the first.
    package struct Curve: Sendable {
        package var name: String
        /// "training" or "validation": the CSS class that sets colour and dashes.
        package var kind: String
        package var values: [Double?]

        package init(name: String, kind: String, values: [Double?]) {
            self.name = name
            self.kind = kind
            self.values = values
        }

        var known: [(epoch: Int, value: Double)] {
            values.enumerated().compactMap { place, value in
                // The span of much larger values would not be finite, and no axis could be drawn.
                value.flatMap { $0.magnitude < 1e100 ? (place + 1, $0) : nil }
            }
        }
    }

    package var title: String
    package var curves: [Curve]
    /// The last epoch of the axis.
    package var epochs: Int
    /// The upper limit of the value axis, such as 1 for an accuracy.
    package var greatest: Double?

    package init(title: String, curves: [Curve], epochs: Int, greatest: Double? = nil) {
        self.title = title
        self.curves = curves.filter { !$0.known.isEmpty }
        self.epochs = max(epochs, 1)
        self.greatest = greatest
    }

    // In the drawing's own units, which are about pixels at a phone's width.
    private static let (width, height) = (360.0, 210.0)
    private static let (left, right, top, bottom) = (40.0, 10.0, 10.0, 26.0)

    /// A figure with its drawing and legend.
    package var markup: Markup {
        let ticks = valueTicks
        let lines = ticks.map { tick -> Markup in
            let place = Self.rounded(y(tick, in: ticks))
            let end = Self.rounded(Self.width - Self.right)
            return """
                <line class="grid" x1="\(Self.rounded(Self.left))" x2="\(end)" y1="\(place)" y2="\(place)"/>\
                <text x="\(Self.rounded(Self.left - 6))" y="\(place)" dy="0.32em" text-anchor="end">\
                \(label(tick, in: ticks))</text>
                """
        }
        let marks = epochTicks.map { epoch -> Markup in
            """
            <text x="\(Self.rounded(x(epoch)))" y="\(Self.rounded(Self.height - 8))" text-anchor="middle">\
            \(epoch)</text>
            """
        }
        return """
            <figure class="chart"><svg viewBox="0 0 360 210" role="img" aria-label="\(description)">
            \(lines)\(marks)
            \(curves.map { drawing(of: $0, in: ticks) })
            </svg><figcaption><strong>\(title)</strong> by epoch\(isLogarithmic ? ", in powers of ten" : "")\
            \(curves.map(legend))</figcaption></figure>

            """
    }

    private func drawing(of curve: Curve, in ticks: [Double]) -> Markup {
        let points = curve.known.map {
            (x: Self.rounded(x($0.epoch)), y: Self.rounded(y($0.value, in: ticks)))
        }
        guard let last = points.last else { return "" }
        let places = points.map { "\($0.x),\($0.y)" }.joined(separator: " ")
        return """
            <polyline class="curve \(curve.kind)" points="\(places)"/>\
            <circle class="dot \(curve.kind)" cx="\(last.x)" cy="\(last.y)" r="3.5"/>

            """
    }

    private func legend(_ curve: Curve) -> Markup {
        let last = curve.known.last.map { ProgressText.fixed($0.value) } ?? ""
        return """
             <span class="key"><svg viewBox="0 0 24 8" aria-hidden="true">\
            <line class="curve \(curve.kind)" x1="1" x2="23" y1="4" y2="4"/></svg>\(curve.name) \(last)</span>
            """
    }

    private var description: String {
        let parts = curves.map { curve in
            let values = curve.known.map { ProgressText.fixed($0.value) }
            guard let first = values.first, let last = values.last else { return curve.name }
            return values.count == 1 ? "\(curve.name) \(last)" : "\(curve.name) from \(first) to \(last)"
        }
        return "\(title) by epoch: " + parts.joined(separator: ", ")
    }

    // MARK: Axes

    private func x(_ epoch: Int) -> Double {
        let share = epochs == 1 ? 0.5 : Double(epoch - 1) / Double(epochs - 1)
        return Self.left + 8 + share * (Self.width - Self.left - Self.right - 16)
    }

    private func y(_ value: Double, in ticks: [Double]) -> Double {
        let low = scaled(ticks.first ?? 0)
        let high = scaled(ticks.last ?? 1)
        let share = (min(max(scaled(value), low), high) - low) / (high - low)
        return Self.height - Self.bottom - share * (Self.height - Self.top - Self.bottom)
    }

    /// Whether the axis is logarithmic: beside a first loss of 50, all others would lie at the bottom of a
    /// linear one.
    private var isLogarithmic: Bool {
        guard greatest == nil, let low = range?.lowerBound, let high = range?.upperBound else { return false }
        return low > 0 && high / low > 20
    }

    private func scaled(_ value: Double) -> Double {
        isLogarithmic ? log10(max(value, .leastNormalMagnitude)) : value
    }

    private var range: ClosedRange<Double>? {
        let values = curves.flatMap { $0.known.map(\.value) }
        guard let low = values.min(), let high = values.max() else { return nil }
        return low...high
    }

    private var epochTicks: [Int] {
        let step = [1, 2, 5, 10, 20, 50, 100, 200, 500].first { epochs / $0 <= 10 } ?? max(1, epochs / 10)
        let inner = stride(from: step, through: epochs, by: step)
        return step == 1 ? Array(inner) : [1] + inner
    }

    /// About five round numbers, from below the smallest value to above the largest.
    private var valueTicks: [Double] {
        guard let range else { return [0, 1] }
        if isLogarithmic {
            let powers =
                Int(log10(range.lowerBound).rounded(.down))...Int(log10(range.upperBound).rounded(.up))
            return powers.map { pow(10, Double($0)) }
        }
        var (low, high) = (range.lowerBound, range.upperBound)
        if greatest == nil { low = min(low, 0) }
        let slack = max(0.05, high.magnitude * 1e-6)
        if high - low < slack * 2e-8 { (low, high) = (low - slack, high + slack) }
        let step = Self.roundStep(atLeast: (high - low) / 4)
        let first = (low / step + 1e-9).rounded(.down)
        var last = (high / step - 1e-9).rounded(.up)
        if let greatest { last = min(last, (greatest / step + 1e-9).rounded(.down)) }
        return (0...max(1, Int(last - first))).map { (first + Double($0)) * step }
    }

    private static func roundStep(atLeast step: Double) -> Double {
        let power = pow(10, log10(step).rounded(.down))
        return [1, 2, 2.5, 5].map { $0 * power }.first { $0 >= step * 0.999 } ?? power * 10
    }

    private func label(_ tick: Double, in ticks: [Double]) -> String {
        let step = isLogarithmic ? tick : ticks.count > 1 ? ticks[1] - ticks[0] : 1
        let digits = (0...4).first { digits in
            let scaled = (0..<digits).reduce(step) { value, _ in value * 10 }
            return abs(scaled - scaled.rounded()) < 1e-6
        }
        return ProgressText.fixed(tick, digits: digits ?? 4)
    }

    private static func rounded(_ value: Double) -> String { ProgressText.fixed(value, digits: 1) }
}
