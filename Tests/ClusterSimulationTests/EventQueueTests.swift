import Testing

@testable import ClusterSimulation

@Suite("The queue of simulated events")
struct EventQueueTests {
    @Test("events come in the order of their times, and at one time as they were planned")
    func order() {
        var queue = EventQueue<Int>()
        var state: UInt64 = 1
        var planned: [(time: SimulatedTime, event: Int)] = []
        for event in 0..<1000 {
            state = Mixing.hash(state)
            let time = SimulatedTime(state % 50)
            queue.plan(event, at: time)
            planned.append((time, event))
        }
        let expected = planned.sorted { ($0.time, $0.event) < ($1.time, $1.event) }
        for (time, event) in expected {
            let next = queue.next()
            #expect(next?.time == time && next?.event == event)
        }
        #expect(queue.isEmpty)
    }

    @Test("events planned on the way take their places")
    func planningOnTheWay() {
        var queue = EventQueue<String>()
        queue.plan("c", at: 30)
        queue.plan("a", at: 10)
        var came = [queue.next()?.event]
        queue.plan("b", at: 20)
        queue.plan("d", at: 30)
        while !queue.isEmpty { came.append(queue.next()?.event) }
        #expect(came == ["a", "b", "c", "d"])
    }
}
