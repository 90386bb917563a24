import Glibc

/// Raises the limit of open connections and files to what the system allows: at the usual 1,024, that many
/// strangers who only connect would keep this process from writing a checkpoint. If it fails, the limit
/// stays.
func raiseDescriptorLimit() {
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
    limit.rlim_cur = limit.rlim_max
    _ = setrlimit(resource, &limit)
}
