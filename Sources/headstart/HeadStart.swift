@main struct Program { static func main() { print("headstart") } }
