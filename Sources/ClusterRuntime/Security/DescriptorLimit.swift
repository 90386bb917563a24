import Glibc

/// Lets this process have as many connections and files as the system allows it: at the usual 1,024, so many
/// strangers that only connect would keep it from writing a checkpoint. Where that fails, it has what it had.
func raiseDescriptorLimit() {
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
    limit.rlim_cur = limit.rlim_max
    _ = setrlimit(resource, &limit)
}
