import Testing

@testable import TrainingReports

@Suite("What a classifier got right and wrong")
struct ClassificationReportTests {
    private var report: ClassificationReport {
        var report = ClassificationReport(classes: ["ants", "bees", "wasps"])
        for (label, predicted, loss) in [(0, 0, 0.5), (0, 1, 1.5), (1, 1, 0.25), (1, 1, 0.25), (1, 0, 2.0)] {
            report.add(label: label, predicted: predicted, loss: loss)
        }
        return report
    }

    @Test("loss, accuracy, precision and recall are by their definitions")
    func measures() {
        #expect(report.count == 5)
        #expect(report.loss == 0.9)
        #expect(report.accuracy == 0.6)
        #expect(report.confusion == [[1, 1, 0], [1, 2, 0], [0, 0, 0]])
        #expect(report.precision(of: 0) == 0.5)
        #expect(report.recall(of: 1) == 2.0 / 3)
    }

    @Test("what can't be told is left open")
    func undefined() {
        #expect(report.precision(of: 2) == nil && report.recall(of: 2) == nil)
        let empty = ClassificationReport(classes: ["a", "b"])
        #expect(empty.loss == nil && empty.accuracy == nil)
    }

    @Test("the table lines up")
    func text() {
        #expect(
            report.text == """
                pictures 5  loss 0.9000  accuracy 0.6000

                true \\ predicted  ants  bees  wasps  precision  recall
                ants                 1     1      0      0.500   0.500
                bees                 1     2      0      0.667   0.667
                wasps                0     0      0          -       -

                """)
    }
}
