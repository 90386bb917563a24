extension String {
    /// The text, quoted as one word of a POSIX shell.
    package var quotedForShell: String {
        if !isEmpty, wholeMatch(of: /[A-Za-z0-9_.,:\/=@%+-]+/) != nil { return self }
        return "'" + unicodeScalars.map { $0 == "'" ? "'\\''" : String($0) }.joined() + "'"
    }
}
