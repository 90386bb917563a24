extension [Int] {
    /// How many elements an array of this shape has; `nil` where a file tells one that no array has.
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
