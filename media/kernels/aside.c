/* Handing datagrams over: a full socket drops, nothing waits. */
#include "aside.h"

#include <sys/uio.h>

int aside_open(int fds[2]) { return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0; }

int aside_put(int fd, const aside_head *head, const uint8_t *data, uint32_t size) {
    struct iovec parts[2] = {{(void *)head, sizeof *head}, {(void *)data, size}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) > 0;
}
