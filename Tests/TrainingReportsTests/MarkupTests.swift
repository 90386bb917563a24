import Testing

@testable import TrainingReports

@Suite("Markup that names can't break")
struct MarkupTests {
    @Test(
        "what is interpolated is text, in content and in attributes",
        arguments: [
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("\" onload=\"x", "&quot; onload=&quot;x"), ("' onload='x", "&#39; onload=&#39;x"),
            ("a&amp;b", "a&amp;amp;b"), ("bell\u{7}, delete\u{7F}, null\0", "bell␇, delete␡, null␀"),
            ("next\u{85}", "next\u{FFFD}"), ("<\u{338}b>", "&lt;\u{338}b&gt;"), ("ants", "ants"),
        ])
    func escapes(name: String, text: String) {
        let markup: Markup = "<p title=\"\(name)\">\(name)</p>"
        #expect(Array(markup.text.utf8) == Array("<p title=\"\(text)\">\(text)</p>".utf8))
    }

    @Test("markup in markup stays what it is, and names are isolated from what is around them")
    func nesting() {
        let inner: Markup = "<b>\("<")</b>"
        let outer: Markup = "<i>\(inner)\([inner, "x"])\(7)\(.name("a\u{202E}b"))</i>"
        #expect(outer.text == "<i><b>&lt;</b><b>&lt;</b>x7<bdi>a\u{202E}b</bdi></i>")
        #expect((inner + inner).text == "<b>&lt;</b><b>&lt;</b>")
    }
}

@Suite("Curves as drawings")
struct CurveChartTests {
    private func chart(_ values: [Double?], epochs: Int = 3, greatest: Double? = nil) -> String {
        CurveChart(
            title: "Loss", curves: [.init(name: "training", kind: "training", values: values)],
            epochs: epochs, greatest: greatest
        ).markup.text
    }

    @Test("a drawing says in words what it shows")
    func words() {
        #expect(
            chart([2, 1.5, 0.25]).contains("aria-label=\"Loss by epoch: training from 2.0000 to 0.2500\""))
        #expect(chart([2]).contains("aria-label=\"Loss by epoch: training 2.0000\""))
    }

    @Test("a curve goes from the first epoch to the last, and down where the values fall")
    func places() throws {
        let text = chart([2, 1, 0])
        #expect(text.contains("points=\"48.0,10.0 195.0,97.0 342.0,184.0\""), "\(text)")
        #expect(text.contains(">0.0</text>") && text.contains(">2.0</text>"))
    }

    @Test("an accuracy's axis ends at 1")
    func accuracy() {
        let text = chart([0.61, 0.97, 0.99], greatest: 1)
        #expect(text.contains(">1.0</text>") && !text.contains(">1.1</text>"), "\(text)")
        #expect(chart([1, 1, 1], greatest: 1).contains("points=\"48.0,"))
    }

    @Test("values far apart go by powers of ten")
    func powers() {
        let text = chart([50, 5, 0.5])
        #expect(text.contains("in powers of ten"))
        for label in ["0.1", "1", "10", "100"] { #expect(text.contains(">\(label)</text>"), "\(label)") }
        #expect(!chart([2, 1, 0.5]).contains("powers"))
        #expect(!chart([2, 1, 0]).contains("powers"), "nothing is a power for 0")
    }

    @Test("values that are none, or no numbers, are passed over")
    func gaps() {
        #expect(chart([nil, nil]).contains("points") == false)
        #expect(chart([1, .nan, 3]).contains("points=\"48.0,"))
        #expect(chart([.infinity]).contains("polyline") == false)
        #expect(chart([1e300, -1e300]).contains("polyline") == false)
        for value in [1e99, -1e99, 1e17, 5e-324] { #expect(chart([value, value]).contains("polyline")) }
    }

    @Test("hundreds of epochs have about ten marks")
    func marks() {
        let text = chart(Array(repeating: 1, count: 400), epochs: 400)
        #expect(text.components(separatedBy: "text-anchor=\"middle\"").count - 1 == 9)
    }
}
