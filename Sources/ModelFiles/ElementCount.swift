extension [Int] {
    /// The number of elements in an array of this shape; `nil` if an extent is negative or the product
    /// overflows, as a damaged file may state.
    package var elementCount: Int? {
        var count = 1
        for extent in self {
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            guard extent >= 0, !overflow else { return nil }
            count = product
        }
        return count
    }
}
