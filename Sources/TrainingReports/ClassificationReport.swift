/// The results of a classifier, class by class.
package struct ClassificationReport: Sendable, Equatable {
    package let classes: [String]
    /// The number of pictures, with a row for each true class and a column for each predicted one.
    package private(set) var confusion: [[Int]]
    private var lossSum = 0.0

    /// - Parameter classes: in the order of their indices.
    package init(classes: [String]) {
        self.classes = classes
        confusion = Array(repeating: Array(repeating: 0, count: classes.count), count: classes.count)
    }

    package mutating func add(label: Int, predicted: Int, loss: Double) {
        confusion[label][predicted] += 1
        lossSum += loss
    }

    /// The number of pictures.
    package var count: Int { confusion.reduce(0) { $0 + $1.reduce(0, +) } }
    /// The mean loss; `nil` without pictures.
    package var loss: Double? { Self.ratio(lossSum, count) }
    /// The share of pictures that were right; `nil` without pictures.
    package var accuracy: Double? {
        Self.ratio(Double(classes.indices.reduce(0) { $0 + confusion[$1][$1] }), count)
    }

    /// The number of pictures of a class.
    package func support(of index: Int) -> Int { confusion[index].reduce(0, +) }

    /// The share of the pictures predicted as the class that belong to it; `nil` if there are none.
    package func precision(of index: Int) -> Double? {
        Self.ratio(Double(confusion[index][index]), confusion.reduce(0) { $0 + $1[index] })
    }

    /// The share of the class's pictures that were predicted as it; `nil` if there are none.
    package func recall(of index: Int) -> Double? {
        Self.ratio(Double(confusion[index][index]), support(of: index))
    }

    private static func ratio(_ part: Double, _ whole: Int) -> Double? {
        whole == 0 ? nil : part / Double(whole)
    }
}

extension ClassificationReport {
    /// Loss and accuracy, the confusion matrix, precision and recall as plain text.
    package var text: String {
        let rows = confusion.map { $0.map(String.init) }
        let measures = classes.indices.map { index in
            [precision(of: index), recall(of: index)].map {
                $0.map { ProgressText.fixed($0, digits: 3) } ?? "-"
            }
        }
        var table = [["true \\ predicted"] + classes + ["precision", "recall"]]
        for index in classes.indices { table.append([classes[index]] + rows[index] + measures[index]) }
        func number(_ value: Double?) -> String { value.map { ProgressText.fixed($0) } ?? "-" }
        let head = "pictures \(count)  loss \(number(loss))  accuracy \(number(accuracy))"
        return head + "\n\n" + Self.aligned(table)
    }

    /// Pads the columns to equal width; the first is aligned left, the others right.
    private static func aligned(_ table: [[String]]) -> String {
        guard let columns = table.first?.count else { return "" }
        let widths = (0..<columns).map { column in table.map { $0[column].count }.max() ?? 0 }
        return table.map { row in
            row.enumerated().map { column, text in
                let space = String(repeating: " ", count: widths[column] - text.count)
                return column == 0 ? text + space : space + text
            }.joined(separator: "  ") + "\n"
        }.joined()
    }
}
