#include <zmq.h>
// Beside sockets a poller waits for an eventfd, which Swift's Glibc module does not have.
#include <sys/eventfd.h>
