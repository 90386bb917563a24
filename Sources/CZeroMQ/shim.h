#include <zmq.h>
// A poller also waits for an eventfd, which Swift's Glibc module lacks.
#include <sys/eventfd.h>
