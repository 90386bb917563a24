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
        #expect(try planner().predict(workers: 100).bound == .lookahead)
        var slow = planner()
        slow.megabitsPerSecond = 10
        let plan = try slow.predict(workers: 8)
        #expect(plan.bound == .network)
        #expect(plan.seconds > Double(960 * slow.sizes.features * 8) / 10_000_000)
    }

    @Test("what travels is counted: features go up once")
    func traffic() throws {
        let plan = try planner().predict(workers: 2)
        let features = 960 * MessageSizes().features
        #expect(plan.bytesUp > features && plan.bytesUp < features * 6 / 5)
    }
}
