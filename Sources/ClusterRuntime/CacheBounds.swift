/// The size limits of a cache, in MiB: downloaded content (pictures and weights) and the feature store.
package struct CacheBounds: Codable, Sendable, Equatable {
    /// Downloaded content and features together.
    package var total: Int
    /// The feature store's share; 0 disables the store.
    package var features: Int

    /// 12 GiB, a third of which holds the features of about 120,000 pictures.
    private static let standardTotal = 12_288
    private static let standardContent = 8192
    /// Room for the weights of a VGG19 besides other content.
    private static let least = 256

    /// - Parameters:
    ///   - total: `nil` adds 8 GiB to `features`, which makes 12 GiB by default.
    ///   - features: `nil` takes a third of the total.
    package init(total: Int? = nil, features: Int? = nil) {
        self.features = features ?? (total ?? Self.standardTotal) / 3
        self.total = total ?? self.features + Self.standardContent
    }

    package var featureBytes: Int { features << 20 }
    /// The limit for downloaded pictures and weights.
    package var contentBytes: Int { (total - features) << 20 }

    /// The options of `headstart worker` that set these limits.
    var options: [String] { ["--cache-size", "\(total)", "--feature-store", "\(features)"] }

    /// Throws if a limit is out of range, or if the features leave less than 256 MiB for the rest.
    package func validate() throws(PlanError) {
        try TrainingPlan.require(total, in: Self.least...(1 << 30), "--cache-size")
        guard (0...(total - Self.least)).contains(features) else {
            throw PlanError(
                option: "--feature-store", problem: "\(features) MiB don't fit a cache of \(total)",
                remedy: "give MiB from 0, for none, to \(total - Self.least), or a larger --cache-size")
        }
    }
}
