import TrainingProtocol

extension RunReport {
    /// The whole page; it needs no other file, no network and no scripts.
    package var html: String {
        let page: Markup = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
            style-src 'unsafe-inline'; img-src data:">
            <meta name="color-scheme" content="light dark">
            <title>\(name) · HeadStart report</title>
            <style>
            \(Markup(stringLiteral: PageStyle.css))
            \(Markup(stringLiteral: Self.css))
            </style>
            </head>
            <body>
            <header>
            <p class="kicker">HeadStart report</p>
            <h1>\(.name(name))</h1>
            <p>\(stateLine)</p>
            \(tiles)
            </header>
            <main>
            \([verdict, curves, classes, mistakeGallery, time, omissions, repetition])
            </main>
            </body>
            </html>

            """
        return page.text
    }

    private var stateLine: Markup {
        let (kind, word, rest): (String, String, Markup) =
            switch end {
            case nil: ("warn", "Running", ": the page is written anew as epochs end.")
            case .completed: ("good", "Complete", ".")
            case .stoppedEarly(let reason): ("good", "Stopped early", ": \(reason).")
            case .interrupted: ("warn", "Interrupted", ": the state is saved, and --resume goes on.")
            case .failed(let reason): ("bad", "Failed", ": \(reason).")
            }
        let epochWord = epochs == 1 ? "epoch" : "epochs"
        return """
            <span class="state \(kind)">\(word)</span>\(rest) \
            <span class="soft">\(history.count) of \(epochs) \(epochWord).</span>
            """
    }

    // MARK: At a glance

    private var tiles: Markup {
        guard let last = history.last else { return "" }
        var tiles: [(name: String, value: String, note: String)] = []
        if let accuracy = last.validationAccuracy {
            tiles.append(("Validation accuracy", Self.percent(accuracy), ""))
        }
        if let loss = last.validationLoss {
            tiles.append(("Validation loss", ProgressText.fixed(loss), ""))
        }
        tiles.append(("Training accuracy", Self.percent(last.accuracy), ""))
        tiles.append(("Training loss", ProgressText.fixed(last.loss), ""))
        tiles.append(("Training pictures", "\(trainingPictures)", ""))
        let seconds = history.reduce(0) { $0 + $1.seconds }
        let each = ProgressText.duration(seconds / Double(history.count))
        tiles.append(("Time", ProgressText.duration(seconds), "\(each) an epoch"))
        return """
            <dl class="tiles">
            \(tiles.map { "<div><dt>\($0.name)</dt><dd>\($0.value)\(Self.note($0.note))</dd></div>\n" })</dl>
            """
    }

    private static func note(_ text: String) -> Markup { text.isEmpty ? "" : " <small>\(text)</small>" }

    /// The main findings, in words.
    private var verdict: Markup {
        var sentences: [Markup] = []
        if let validation, validation.count > 0 {
            let right = validation.classes.indices.reduce(0) { $0 + validation.confusion[$1][$1] }
            sentences.append(
                "The model is right about \(right) of \(validation.count) validation pictures.")
        }
        let losses = history.map(\.validationLoss)
        let known = losses.compactMap { $0 }
        if let best = known.min(), let place = losses.firstIndex(of: best), place < history.count - 1,
            let last = known.last, last > best * 1.02
        {
            sentences.append(
                """
                The validation loss was lowest after epoch \(place + 1) (\(ProgressText.fixed(best)), \
                now \(ProgressText.fixed(last))): later epochs learn the training pictures by heart. \
                Fewer epochs or --early-stopping would do.
                """)
        }
        return sentences.isEmpty ? "" : "<p>\(Markup(sentences, separator: " "))</p>\n"
    }

    private var curves: Markup {
        guard !history.isEmpty else {
            return "<h2>Curves</h2>\n<p>No epoch is over yet.</p>\n"
        }
        return """
            <section aria-labelledby="curves"><h2 id="curves">Curves</h2>
            \(EpochCurves(history: history, epochs: max(history.count, end == nil ? epochs : 0)).markup)
            \(historyTable)</section>

            """
    }

    private var historyTable: Markup {
        let rows = history.map { record -> Markup in
            let numbers = [record.loss, record.accuracy, record.validationLoss, record.validationAccuracy]
            let cells = numbers.map { "<td>\($0.map { ProgressText.fixed($0) } ?? "–")</td>" as Markup }
            return """
                <tr><th scope="row">\(record.epoch + 1)</th>\(cells)\
                <td>\(ProgressText.fixed(record.seconds, digits: 1))</td></tr>

                """
        }
        return """
            <details\(history.count <= 12 ? " open" : "")><summary>Every epoch in numbers</summary>
            <p class="note">Means over an epoch's pictures; seconds include validation.</p>
            <div class="scroll" tabindex="0" role="region" aria-label="Every epoch in numbers"><table>
            <caption>Every epoch in numbers</caption>
            <thead><tr><th scope="col">Epoch</th><th scope="col">Loss</th><th scope="col">Accuracy</th>\
            <th scope="col">Validation loss</th><th scope="col">Validation accuracy</th>\
            <th scope="col">Seconds</th></tr></thead>
            <tbody>
            \(rows)</tbody></table></div></details>
            """
    }

    /// A share as a percentage, such as "90.4 %".
    static func percent(_ share: Double) -> String { ProgressText.fixed(share * 100, digits: 1) + " %" }
}

/// The two charts of a run's history.
package struct EpochCurves: Sendable {
    private let charts: [CurveChart]

    /// - Parameter epochs: the last epoch of the axes.
    package init(history: [EpochRecord], epochs: Int) {
        charts = [
            CurveChart(
                title: "Accuracy",
                curves: [
                    .init(name: "training", kind: "training", values: history.map(\.accuracy)),
                    .init(name: "validation", kind: "validation", values: history.map(\.validationAccuracy)),
                ], epochs: epochs, greatest: 1),
            CurveChart(
                title: "Loss",
                curves: [
                    .init(name: "training", kind: "training", values: history.map(\.loss)),
                    .init(name: "validation", kind: "validation", values: history.map(\.validationLoss)),
                ], epochs: epochs),
        ]
    }

    /// The charts, side by side if there is room.
    package var markup: Markup { "<div class=\"charts\">\n\(charts.map(\.markup))</div>" }
}
