import Foundation

extension RunReport {
    /// With more classes than this, the largest confusions say more than a matrix.
    private static let matrixLimit = 25
    private static let confusionsShown = 25

    /// The section with confusions, precision and recall.
    var classes: Markup {
        guard let validation, validation.count > 0 else {
            return """
                <section aria-labelledby="classes"><h2 id="classes">Classes</h2>
                <p>There was no validation yet; --validation or --validation-split gives one, and with it a \
                confusion matrix and the worst mistakes.</p></section>

                """
        }
        let small = validation.classes.count <= Self.matrixLimit
        return """
            <section aria-labelledby="classes"><h2 id="classes">Classes</h2>
            <div class="pair">
            <div><h3>Confusion</h3>
            \(small ? matrix(validation) : largestConfusions(validation))</div>
            <div><h3>Precision and recall</h3>
            \(measures(validation))</div></div></section>

            """
    }

    private func matrix(_ report: ClassificationReport) -> Markup {
        let rows = report.classes.indices.map { row -> Markup in
            let support = max(report.support(of: row), 1)
            let cells = report.classes.indices.map { column -> Markup in
                let count = report.confusion[row][column]
                guard count > 0 else { return "<td class=\"none\">0</td>" }
                let share = ProgressText.fixed(Double(count) / Double(support), digits: 2)
                return """
                    <td class="\(row == column ? "hit" : "miss")" style="--share: \(share)">\(count)</td>
                    """
            }
            return "<tr><th scope=\"row\">\(.name(report.classes[row]))</th>\(cells)</tr>\n"
        }
        let names = report.classes.map { "<th scope=\"col\"><span>\(.name($0))</span></th>" as Markup }
        return """
            <p class="note">A row for each true class, a column for what the model took its pictures for; the \
            diagonal is right.</p>
            <div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix">
            <table class="matrix\(report.classes.count > 6 ? " tall" : "")">
            <caption>Confusion matrix</caption>
            <thead><tr><th scope="col" class="left">True class</th>\(names)</tr></thead>
            <tbody>
            \(rows)</tbody></table></div>
            """
    }

    private func largestConfusions(_ report: ClassificationReport) -> Markup {
        let all = report.classes.indices.flatMap { row in
            report.classes.indices.filter { $0 != row && report.confusion[row][$0] > 0 }.map {
                (row: row, column: $0, count: report.confusion[row][$0])
            }
        }.sorted { ($1.count, $0.row, $0.column) < ($0.count, $1.row, $1.column) }
        let rows = all.prefix(Self.confusionsShown).map {
            """
            <tr><th scope="row">\(.name(report.classes[$0.row]))</th>\
            <td class="left">\(.name(report.classes[$0.column]))</td><td>\($0.count)</td></tr>

            """ as Markup
        }
        return """
            <p class="note">The largest confusions among \(report.classes.count) classes; \
            headstart evaluate --json prints the whole matrix.</p>
            <div class="scroll" tabindex="0" role="region" aria-label="Largest confusions"><table>
            <caption>Largest confusions</caption>
            <thead><tr><th scope="col" class="left">True class</th><th scope="col" class="left">Taken for</th>\
            <th scope="col">Pictures</th></tr></thead>
            <tbody>
            \(Array(rows))</tbody></table></div>
            """
    }

    private func measures(_ report: ClassificationReport) -> Markup {
        func number(_ value: Double?) -> String { value.map { ProgressText.fixed($0, digits: 3) } ?? "–" }
        let rows = report.classes.indices.map { index -> Markup in
            """
            <tr><th scope="row">\(.name(report.classes[index]))</th><td>\(report.support(of: index))</td>\
            <td>\(number(report.precision(of: index)))</td><td>\(number(report.recall(of: index)))</td></tr>

            """
        }
        return """
            <p class="note">Precision: of the pictures taken for the class, the share that are. Recall: of the class' \
            pictures, the share that were found.</p>
            <div class="scroll" tabindex="0" role="region" aria-label="Precision and recall"><table>
            <caption>Precision and recall</caption>
            <thead><tr><th scope="col" class="left">Class</th><th scope="col">Pictures</th>\
            <th scope="col">Precision</th><th scope="col">Recall</th></tr></thead>
            <tbody>
            \(rows)</tbody></table></div>
            """
    }

    // MARK: Mistakes

    /// The section with the worst mistakes and their pictures.
    var mistakeGallery: Markup {
        guard let validation, validation.count > 0 else { return "" }
        guard !mistakes.isEmpty else {
            return """
                <section aria-labelledby="mistakes"><h2 id="mistakes">Mistakes</h2>
                <p>None: every validation picture is right.</p></section>

                """
        }
        let wrong =
            validation.count - validation.classes.indices.reduce(0) { $0 + validation.confusion[$1][$1] }
        let shown = mistakes.count < wrong ? "The \(mistakes.count) worst of \(wrong)" : "All \(wrong)"
        return """
            <section aria-labelledby="mistakes"><h2 id="mistakes">Worst mistakes</h2>
            <p class="soft">\(shown), by what the model gave the true class; labels that are wrong \
            in the data tend to be among them.</p>
            <div class="gallery">
            \(mistakes.map { figure($0, classes: validation.classes) })</div></section>

            """
    }

    private func figure(_ mistake: Mistake, classes: [String]) -> Markup {
        let (truth, guess) = (classes[mistake.label], classes[mistake.predicted])
        let file = mistake.path.split(separator: "/").suffix(2).joined(separator: "/")
        let probability = mistake.probability < 0.001 ? "under 0.1 %" : Self.percent(mistake.probability)
        var picture: Markup = "<p class=\"absent\">The picture can't be shown.</p>"
        if let inline = mistake.picture {
            let data = Data(inline.bytes).base64EncodedString()
            picture = """
                <img src="data:\(inline.mediaType);base64,\(data)" width="\(inline.width)" \
                height="\(inline.height)" alt="A picture of class \(truth) that was taken for \(guess)">
                """
        }
        return """
            <figure>\(picture)<figcaption><strong>\(.name(truth))</strong> taken for \
            <strong>\(.name(guess))</strong><br>\(probability) for the true class<br>\
            <span class="soft path">\(.name(file))</span></figcaption></figure>

            """
    }
}
