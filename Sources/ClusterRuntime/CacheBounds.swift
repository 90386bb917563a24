/// How much a cache may hold, in MiB: what is fetched from coordinators, and the features.
package struct CacheBounds: Codable, Sendable, Equatable {
    /// All of it.
    package var total: Int
    /// The feature store's part; 0 does without the store.
    package var features: Int

    /// 12 GiB, a third of which holds the features of about 120,000 pictures.
    private static let standardTotal = 12_288
    private static let standardContent = 8192
    /// A VGG19 is to find its place among other things.
    private static let least = 256

    /// - Parameters:
    ///   - total: `nil` takes the standard, or what the features leave of it, whatever they take.
    ///   - features: `nil` takes a third.
    package init(total: Int? = nil, features: Int? = nil) {
        self.features = features ?? (total ?? Self.standardTotal) / 3
        self.total = total ?? self.features + Self.standardContent
    }

    /// The feature store's bound.
    package var featureBytes: Int { features << 20 }
    /// The bound of what is fetched: pictures and weights.
    package var contentBytes: Int { (total - features) << 20 }

    /// As `headstart worker` takes them.
    var options: [String] { ["--cache-size", "\(total)", "--feature-store", "\(features)"] }

    /// Throws for a part that is larger than the whole.
    package func validate() throws(PlanError) {
        try TrainingPlan.require(total, in: Self.least...(1 << 30), "--cache-size")
        guard (0...(total - Self.least)).contains(features) else {
            throw PlanError(
                option: "--feature-store", problem: "\(features) MiB don't fit a cache of \(total)",
                remedy: "give MiB from 0, for none, to \(total - Self.least), or a larger --cache-size")
        }
    }
}
