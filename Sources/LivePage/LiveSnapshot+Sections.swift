import TrainingProtocol
import TrainingReports

extension LiveSnapshot {
    /// The parts of the page that change, by the `id` of their elements.
    package enum Section: String, Sendable, CaseIterable {
        case progress, curves, workers, messages
    }

    /// The current markup of a part.
    package func markup(of section: Section) -> Markup {
        switch section {
        case .progress: progressMarkup
        case .curves:
            history.isEmpty
                ? "<p class=\"soft\">They begin when the first epoch is over.</p>"
                : EpochCurves(history: history, epochs: progress.epochs).markup
        case .workers: workersMarkup
        case .messages: messagesMarkup
        }
    }

    /// The whole page as it is first sent; its script then replaces the parts that change.
    package var page: Markup {
        let parts = Section.allCases.map { section -> Markup in
            let title: Markup =
                switch section {
                case .progress: ""
                case .curves: "<h2>Curves</h2>\n"
                case .workers: "<h2>Workers</h2>\n"
                case .messages: "<h2>Last events</h2>\n"
                }
            return """
                <section>\(title)<div id="\(section.rawValue)">\(markup(of: section))</div></section>

                """
        }
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(name) · HeadStart</title>
            <link rel="stylesheet" href="page.css">
            <link rel="icon" href="data:,">
            <script src="page.js" defer></script>
            </head>
            <body>
            <header><p class="kicker">HeadStart live</p><h1>\(.name(name))</h1>
            <p id="connection" class="state warn" role="status" hidden>The run's process doesn't answer. \
            What is below is its last word.</p></header>
            <main>
            \(parts)</main>
            <noscript><p class="soft">Without JavaScript the page shows one moment; load it again for \
            another.</p></noscript>
            </body>
            </html>

            """
    }

    // MARK: Progress

    private var stateLine: Markup {
        if let end { return "<span class=\"state\">The run is over: \(end).</span>" }
        let present = workers.count { $0.state.activity != nil }
        let epoch =
            "epoch \(progress.epoch + 1) of \(progress.epochs), \(present) \(present == 1 ? "worker" : "workers")"
        return switch progress.phase {
        case .reading: "<span class=\"state\">The run is \(ProgressText.reading(progress))</span>"
        case .checking: "<span class=\"state\">Checking pictures</span>"
        case .training: "<span class=\"state\">Training</span>, \(epoch)"
        case .validating: "<span class=\"state\">Validating</span>, \(epoch)"
        }
    }

    private var progressMarkup: Markup {
        guard end == nil else { return "<p>\(stateLine)</p>\n\(Self.list(resultTiles))" }
        let wait: Markup =
            progress.waitingFor.map { "<p class=\"state warn\">\($0)</p>" } ?? "<p class=\"soft\">&nbsp;</p>"
        return """
            <p>\(stateLine)</p>
            <progress max="\(max(progress.picturesTotal, 1))" value="\(progress.picturesDone)" \
            aria-label="Pictures of this part that are done"></progress>
            \(wait)
            \(Self.list(progressTiles))
            """
    }

    private typealias Tile = (name: String, value: String?)

    private var progressTiles: [Tile] {
        [
            ("Pictures", "\(progress.picturesDone) of \(progress.picturesTotal)"),
            ("Pictures a second", progress.picturesPerSecond.map { ProgressText.fixed($0, digits: 1) }),
            ("Left of this part", progress.secondsLeft.map(ProgressText.duration)),
            ("Loss", progress.loss.map { ProgressText.fixed($0) }),
            ("Accuracy", progress.accuracy.map { ProgressText.fixed($0, digits: 3) }),
            (
                "Validation accuracy",
                history.last?.validationAccuracy.map { ProgressText.fixed($0, digits: 3) }
            ),
        ]
    }

    private var resultTiles: [Tile] {
        guard let last = history.last else { return [] }
        return [
            ("Validation accuracy", last.validationAccuracy.map { ProgressText.fixed($0, digits: 3) }),
            ("Validation loss", last.validationLoss.map { ProgressText.fixed($0) }),
            ("Accuracy", ProgressText.fixed(last.accuracy, digits: 3)),
            ("Loss", ProgressText.fixed(last.loss)),
            ("Time", ProgressText.duration(history.reduce(0) { $0 + $1.seconds })),
        ]
    }

    private static func list(_ tiles: [Tile]) -> Markup {
        let known = tiles.compactMap { tile in
            tile.value.map { "<div><dt>\(tile.name)</dt><dd>\($0)</dd></div>\n" as Markup }
        }
        return "<dl class=\"tiles\">\n\(known)</dl>"
    }

    // MARK: Workers

    private var workersMarkup: Markup {
        guard !workers.isEmpty else { return "<p>No worker has come yet.</p>" }
        let rows = workers.map(row)
        return """
            <div class="scroll" tabindex="0" role="region" aria-label="Workers"><table>
            <caption>Workers</caption>
            <thead><tr><th scope="col">Worker</th><th scope="col" class="left">Host</th>\
            <th scope="col" class="left">State</th><th scope="col">Pictures a second</th>\
            <th scope="col">Pictures</th><th scope="col">Leases</th>\
            <th scope="col" class="left">Oldest lease</th><th scope="col">Last heard</th></tr></thead>
            <tbody>
            \(rows)</tbody></table></div>
            """
    }

    private func row(_ worker: Worker) -> Markup {
        let (state, record) = (worker.state, worker.state.record)
        guard let activity = state.activity else {
            return """
                <tr class="gone"><th scope="row">\(record.title)</th><td class="host">\(.name(record.machine))</td>\
                <td class="left" colspan="2">gone: \(record.departure ?? "")</td><td>\(record.pictures)</td>\
                <td>0</td><td class="left">–</td><td>–</td></tr>

                """
        }
        let rate = worker.picturesPerSecond.map { ProgressText.fixed($0, digits: 1) } ?? "–"
        let age = ProgressText.fixed(state.oldestLeaseSeconds, digits: 1)
        let lease = state.oldestLease.map { "\($0), \(age) s" } ?? "–"
        let heard = ProgressText.fixed(state.silentSeconds, digits: 1)
        return """
            <tr\(state.isWaitedFor ? " class=\"awaited\"" as Markup : "")>\
            <th scope="row">\(record.title)</th><td class="host">\(.name(record.machine))</td>\
            <td class="host">\(.name(activity))</td><td>\(rate)</td><td>\(record.pictures)</td>\
            <td>\(state.leasesHeld)</td>\
            <td class="host">\(lease)\(state.isWaitedFor ? ", waited for" : "")</td>\
            <td>\(heard) s ago</td></tr>

            """
    }

    private var messagesMarkup: Markup {
        guard !messages.isEmpty else { return "<p>Nothing yet.</p>" }
        return """
            <ol class="messages" reversed>
            \(messages.reversed().map { "<li>\(.name($0))</li>\n" as Markup })</ol>
            """
    }
}
