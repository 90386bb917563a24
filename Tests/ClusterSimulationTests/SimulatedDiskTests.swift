import Testing
import TrainingProtocol

@testable import ClusterSimulation

@Suite("The simulated disk")
struct SimulatedDiskTests {
    private func checkpoint(_ step: Int) -> SimulatedCheckpoint {
        var position = RunPosition()
        position.step = step
        return SimulatedCheckpoint(position: position, head: FakeHeadState(step: step, counted: []))
    }

    @Test("a crash loses what is being written and keeps what was reported")
    func crash() {
        for tears in [false, true] {
            var disk = SimulatedDisk()
            _ = disk.write(checkpoint(1))
            _ = disk.finishWrite()
            _ = disk.write(checkpoint(2))
            disk.crash(tearsWrite: tears)
            #expect(disk.newest()?.position.step == 1)
            #expect(disk.newestIsWhole == !tears)
            #expect(disk.reported?.step == 1)
        }
    }

    @Test("a checkpoint that waits gives way to a newer one")
    func waitingGivesWay() {
        var disk = SimulatedDisk()
        let begins = (1...3).map { disk.write(checkpoint($0)) }
        #expect(begins == [true, false, false])
        _ = disk.finishWrite()
        #expect(disk.underWay?.position.step == 3)
        disk.drain()
        #expect(disk.newest()?.position.step == 3)
    }

    @Test("torn checkpoints never push out the good ones")
    func tornOnesDoNotCount() {
        var disk = SimulatedDisk()
        _ = disk.write(checkpoint(1))
        _ = disk.finishWrite()
        for torn in 10...15 {
            _ = disk.write(checkpoint(torn))
            disk.crash(tearsWrite: true)
        }
        _ = disk.write(checkpoint(2))
        _ = disk.finishWrite()
        #expect(disk.newest()?.position.step == 2)
    }
}
