import TrainingReports

/// The page's style and script; it loads nothing from other servers.
enum PageFiles {
    static let style =
        PageStyle.css + """

            .kicker { margin: 0; font-size: .85rem; color: var(--soft); }
            progress { width: 100%; height: 1.1rem; accent-color: var(--training); }
            .host { white-space: nowrap; text-align: left; }
            .gone { color: var(--soft); } .awaited { color: var(--warn); }
            .messages { list-style: none; padding: 0; margin: 0; max-height: 24rem; overflow-y: auto;
              font: .85rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
            .messages li { padding: .15rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }

            """

    /// Puts each part that arrives into its place. The markup was escaped where it was made.
    static let script = """
        const source = new EventSource("events");
        const connection = document.getElementById("connection");
        for (const name of ["progress", "curves", "workers", "messages"]) {
          source.addEventListener(name, (event) => {
            document.getElementById(name).innerHTML = event.data;
          });
        }
        source.addEventListener("open", () => { connection.hidden = true; });
        source.addEventListener("error", () => { connection.hidden = false; });
        source.addEventListener("end", () => { source.close(); connection.hidden = true; });

        """
}
