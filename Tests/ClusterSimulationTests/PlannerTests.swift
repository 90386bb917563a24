import Testing

@testable import ClusterSimulation

@Suite("The planner")
struct PlannerTests {
    private func planner() -> Planner {
        var planner = Planner()
        planner.pictures = 960
        return planner
    }

    @Test("one worker takes as long as its pictures, and two half of it")
    func extractionBound() throws {
        let one = try planner().predict(workers: 1)
        let two = try planner().predict(workers: 2)
        let alone = 960 * 0.086
        #expect(one.seconds > alone && one.seconds < alone * 1.05)
        #expect(two.seconds > alone / 2 && two.seconds < alone / 2 * 1.08)
        #expect(one.bound == .extraction && one.idleShare < 0.05)
        #expect(one.steps == 30)
    }

    @Test("many workers are bound by the look-ahead, and a slow network by itself")
    func otherBounds() throws {
        var narrow = planner()
        narrow.lookaheadPictures = 512
        #expect(try narrow.predict(workers: 100).bound == .lookahead)
        var slow = planner()
        slow.megabitsPerSecond = 10
        let plan = try slow.predict(workers: 8)
        #expect(plan.bound == .network)
        #expect(plan.seconds > Double(960 * slow.sizes.features * 8) / 10_000_000)
    }

    @Test(
        "the look-ahead follows the workers, within the memory for their features",
        arguments: [2, 64, 5000])
    func lookahead(workers: Int) throws {
        let plan = try planner().predict(workers: workers)
        let bytes = plan.lookahead * MessageSizes().features
        #expect(plan.lookahead == [2: 512, 64: 64 * 2 * 2 * 8][workers] ?? plan.lookahead)
        #expect(bytes <= 1 << 30 && (workers < 5000 || bytes > 1 << 29))
    }

    @Test("sixty-four workers are as busy with it as few are")
    func busy() throws {
        var wide = planner()
        wide.pictures = 9600
        var narrow = wide
        narrow.lookaheadPictures = 512
        let (before, now) = (try narrow.predict(workers: 64), try wide.predict(workers: 64))
        #expect(before.bound == .lookahead && now.bound == .extraction)
        #expect(now.seconds < 0.85 * before.seconds)
    }

    @Test("what travels is counted: features go up once")
    func traffic() throws {
        let plan = try planner().predict(workers: 2)
        let features = 960 * MessageSizes().features
        #expect(plan.bytesUp > features && plan.bytesUp < features * 6 / 5)
    }
}
