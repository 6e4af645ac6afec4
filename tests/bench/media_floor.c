/* The floor: an echo server on N UDP sockets that does nothing else. Prints its ports on one line, runs until it is killed.
 * floor N relay: what comes to a socket goes out at its neighbour's, to who is known there.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

int main(int count, char **words) {
    int sockets = count > 1 ? atoi(words[1]) : 100, epoll = epoll_create1(0), relays = count > 2;
    int *fd = calloc((size_t)sockets, sizeof *fd);
    char *connected = calloc((size_t)sockets, 1);
    for (int i = 0; i < sockets; i++) {
        struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t size = sizeof here;
        fd[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        if (bind(fd[i], (struct sockaddr *)&here, size) != 0) return perror("bind"), 1;
        getsockname(fd[i], (struct sockaddr *)&here, &size);
        struct epoll_event want = {.events = EPOLLIN, .data.u32 = (unsigned)i};
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd[i], &want);
        printf("%d ", ntohs(here.sin_port));
    }
    printf("\n");
    fflush(stdout);
    for (;;) {
        struct epoll_event ready[64];
        char data[2048];
        int found = epoll_wait(epoll, ready, 64, -1);
        for (int n = 0; n < found; n++) {
            unsigned i = ready[n].data.u32;
            struct sockaddr_in from;
            socklen_t size = sizeof from;
            ssize_t got = connected[i] ? recv(fd[i], data, sizeof data, 0)
                                       : recvfrom(fd[i], data, sizeof data, 0, (struct sockaddr *)&from, &size);
            if (got <= 0) continue;
            if (!connected[i]) connected[i] = connect(fd[i], (struct sockaddr *)&from, size) == 0;
            unsigned out = relays ? i ^ 1 : i;
            if (connected[out] && send(fd[out], data, (size_t)got, 0) < 0) continue;
        }
    }
}
