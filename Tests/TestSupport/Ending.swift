import Testing

extension Trait where Self == TimeLimitTrait {
    /// A test ends, also where something hangs. Time counts from where all tests of a run are started
    /// together, and not from where a thread is free for this one: the limit is far from what any takes.
    package static var ending: Self { .timeLimit(.minutes(30)) }
}
