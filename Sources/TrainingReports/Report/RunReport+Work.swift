import TrainingProtocol

extension RunReport {
    /// How many left-out pictures are listed; problems.csv has all.
    private static let omissionsShown = 200

    // MARK: Where the time went

    /// The parts of a worker's time in the order of the bar.
    private static func parts(of record: WorkerRecord) -> [(kind: String, name: String, seconds: Double)] {
        [
            ("preparing", "Preparing", record.preparingSeconds),
            ("fetching", "Network", record.times.fetching),
            ("decoding", "Decoding", record.times.decoding),
            ("extraction", "Extraction", record.times.extraction),
            ("head", "Head", record.times.head),
            ("waiting", "Waiting", record.waitingSeconds),
        ]
    }

    /// The section that shows how each worker spent its time.
    var time: Markup {
        guard let first = workers.first else { return "" }
        let names = Self.parts(of: first)
        let keys = names.map {
            """
            <span class="key"><svg class="swatch bar" aria-hidden="true"><rect class="\($0.kind)"/></svg>\
            \($0.name)</span>
            """ as Markup
        }
        let rows = workers.map { worker -> Markup in
            let cells = Self.parts(of: worker).map {
                "<td>\(ProgressText.fixed($0.seconds, digits: 1))</td>" as Markup
            }
            return """
                <tr><th scope="row">\(worker.title)</th><td class="host">\(.name(worker.machine))</td>\
                <td class="split">\(Self.bar(worker))</td><td>\(worker.pictures)</td>\(cells)\
                <td>\(ProgressText.fixed(worker.connectedSeconds, digits: 1))</td></tr>

                """
        }
        let heads = names.map { "<th scope=\"col\">\($0.name)</th>" as Markup }
        return """
            <section aria-labelledby="time"><h2 id="time">Where the time went</h2>
            <p class="keys">\(keys)</p>
            <p class="note">Seconds of each worker since this process began. Preparing: loading the backbone. \
            Network: getting pictures, also from disk and cache; it and decoding count where extraction waited \
            for them. The head's gradients run beside extraction. Waiting: no work at hand.</p>
            <div class="scroll" tabindex="0" role="region" aria-label="Where the time went, by worker"><table>
            <caption>Seconds of each worker</caption>
            <thead><tr><th scope="col">Worker</th><th scope="col" class="left">Host</th>\
            <th scope="col" class="left">Share</th><th scope="col">Pictures</th>\(heads)\
            <th scope="col">There for</th></tr></thead>
            <tbody>
            \(rows)</tbody></table></div></section>

            """
    }

    private static func bar(_ worker: WorkerRecord) -> Markup {
        let parts = parts(of: worker)
        let total = parts.reduce(0) { $0 + max($1.seconds, 0) }
        guard total > 0 else { return "" }
        var place = 0.0
        let rectangles = parts.map { part -> Markup in
            let share = max(part.seconds, 0) / total * 100
            defer { place += share }
            return """
                <rect class="\(part.kind)" x="\(ProgressText.fixed(place, digits: 2))" y="0" \
                width="\(ProgressText.fixed(share, digits: 2))" height="10"/>
                """
        }
        let words = parts.map { "\($0.name.lowercased()) \(percent(max($0.seconds, 0) / total))" }
        return """
            <svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" \
            aria-label="\(words.joined(separator: ", "))">\(rectangles)</svg>
            """
    }

    // MARK: What was left out

    /// The section with the pictures that could not be read.
    var omissions: Markup {
        let title: Markup = "<section aria-labelledby=\"omissions\"><h2 id=\"omissions\">Left out</h2>\n"
        guard !leftOut.isEmpty else {
            return title + "<p>Nothing: every picture could be read.</p></section>\n\n"
        }
        let rows = leftOut.prefix(Self.omissionsShown).map {
            """
            <tr><th scope="row" class="path">\(.name($0.path))</th>\
            <td class="left">\(.name($0.reason))</td></tr>

            """ as Markup
        }
        let more = leftOut.count - rows.count
        let rest: Markup = more > 0 ? "<p>And \(more) more; problems.csv lists them all.</p>" : ""
        let count = leftOut.count == 1 ? "1 picture" : "\(leftOut.count) pictures"
        return title + """
            <p class="note">\(count) could not be read, and had no part in the run.</p>
            <div class="scroll" tabindex="0" role="region" aria-label="Pictures left out"><table>
            <caption>Pictures left out</caption>
            <thead><tr><th scope="col" class="left">Picture</th><th scope="col" class="left">Reason</th></tr>\
            </thead>
            <tbody>
            \(Array(rows))</tbody></table></div>\(rest)</section>

            """
    }

    // MARK: Again

    /// The section that says how to repeat the run, and what must be the same.
    var repetition: Markup {
        let facts = facts.map { "<dt>\($0.name)</dt><dd>\($0.value)</dd>\n" as Markup }
        return """
            <section aria-labelledby="again"><h2 id="again">How to repeat it</h2>
            <p>The same pictures, weights and seed give the same model, byte for byte, on any number of workers \
            and machines.</p>
            <pre><code>\(commands.joined(separator: "\n"))</code></pre>
            <dl class="facts">
            \(facts)</dl></section>

            """
    }
}
