/* Load and meter: N far ends, each sends one G.711 packet every 20 ms and takes what comes.
 *
 * load N WARM_S MEASURE_S SEND [FILE STEP]: SEND is 0, nothing but the first; 1, all that are due in a millisecond at once; 2, these
 * spread over it in twenty steps, as of calls that began at any moment. With a file, streams of even number send its bytes as their payload, and their
 * timestamps go by STEP. It prints its N ports on a line; reads the N ports to talk to from standard input; prints
 * "measuring" when the warm-up is over, and at the end one JSON object: what was sent and heard in the measured time, the
 * delay of what came back (send stamp in the payload to kernel receive stamp) and the deviation of gaps from 20 ms, in ms.
 * load N WARM_S MEASURE_S SEND SUITE: SRTP of that suite, under a key of zeros both ways.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include "crypto.h"
#include "srtp.h"

enum { BINS = 20000, BIN_NS = 10000, PACKET = 172, TICKS = 20, SPREAD = 2, STEPS = 20 };
#define MARK 0x5ca1ab1e0ddba11ull

typedef struct { int fd; uint16_t sequence, heard; uint32_t timestamp; uint64_t heard_ns; int has_heard; srtp_context *send, *receive; } stream;
static uint32_t delays[BINS + 1], deviations[BINS + 1];
static uint64_t sent, heard, lost;
static uint8_t coded[1400];
static size_t coded_size;
static uint32_t coded_step;

static uint64_t now(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static void count(uint32_t *bins, int64_t ns) { bins[ns < 0 ? 0 : ns / BIN_NS > BINS ? BINS : ns / BIN_NS]++; }

static double percentile(const uint32_t *bins, double share) {
    uint64_t total = 0, seen = 0;
    for (int i = 0; i <= BINS; i++) total += bins[i];
    for (int i = 0; i <= BINS; i++)
        if ((seen += bins[i]) > 0 && (double)seen >= share * (double)total) return i * (BIN_NS / 1e6);
    return -1;
}

static int open_streams(stream *s, int streams, int epoll, int suite) {
    static const uint8_t key[SRTP_MASTER_MAX];
    for (int i = 0; i < streams; i++) {
        struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t size = sizeof here;
        int on = 1;
        s[i].fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        if (bind(s[i].fd, (struct sockaddr *)&here, size) != 0) return 0;
        getsockname(s[i].fd, (struct sockaddr *)&here, &size);
        setsockopt(s[i].fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
        struct epoll_event want = {.events = EPOLLIN, .data.u32 = (unsigned)i};
        epoll_ctl(epoll, EPOLL_CTL_ADD, s[i].fd, &want);
        if (suite > 0) s[i].send = srtp_new(suite, SRTP_SEND, key, 0), s[i].receive = srtp_new(suite, SRTP_RECEIVE, key, 0);
        s[i].sequence = (uint16_t)(i * 7), s[i].timestamp = (uint32_t)i * 1000;
        printf("%d ", ntohs(here.sin_port));
    }
    printf("\n");
    fflush(stdout);
    for (int i = 0; i < streams; i++) {
        struct sockaddr_in there = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int port;
        if (scanf("%d", &port) != 1) return 0;
        there.sin_port = htons((uint16_t)port);
        if (connect(s[i].fd, (struct sockaddr *)&there, sizeof there) != 0) return 0;
    }
    return 1;
}

static void speak(stream *s, int index, int is_measured) {
    int is_coded = coded_size > 0 && index % 2 == 0;
    size_t size = is_coded ? 12 + coded_size : PACKET;
    uint8_t packet[12 + sizeof coded + SRTP_TAG_MAX];
    uint16_t sequence = htons(s->sequence++);
    uint32_t timestamp = htonl(s->timestamp), ssrc = htonl(0x1000u + (unsigned)index);
    uint64_t mark = MARK, stamp;
    s->timestamp += is_coded ? coded_step : 160;
    memset(packet, 0x55, sizeof packet);
    packet[0] = 0x80, packet[1] = 0;
    memcpy(packet + 2, &sequence, 2), memcpy(packet + 4, &timestamp, 4), memcpy(packet + 8, &ssrc, 4);
    stamp = now(CLOCK_REALTIME);
    memcpy(packet + 12, &mark, 8), memcpy(packet + 20, &stamp, 8);
    if (is_coded) memcpy(packet + 12, coded, coded_size);
    if (s->send != NULL) size = (size_t)srtp_protect(s->send, packet, size);
    if (send(s->fd, packet, size, MSG_DONTWAIT) == (ssize_t)size && is_measured) sent++;
}

static void sleep_until(uint64_t at) {
    struct timespec t = {.tv_sec = (time_t)(at / 1000000000ull), .tv_nsec = (long)(at % 1000000000ull)};
    if (now(CLOCK_MONOTONIC) >= at) return;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static int read_coded(const char *path, const char *step) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) return 0;
    coded_size = fread(coded, 1, sizeof coded, file);
    coded_step = (uint32_t)atoi(step);
    return fclose(file) == 0 && coded_size >= 16;
}

static uint64_t receive_stamp(struct msghdr *message) {
    struct timespec t = {0, 0};
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c))
        if (c->cmsg_type == SCM_TIMESTAMPNS) memcpy(&t, CMSG_DATA(c), sizeof t);
    return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static void listen_to(stream *s, int is_measured) {
    uint8_t data[2048];
    char control[64];
    struct iovec part = {data, sizeof data};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t size = recvmsg(s->fd, &message, MSG_DONTWAIT);
    if (size < 28 || (s->receive != NULL && srtp_unprotect(s->receive, data, (size_t)size) < 28)) return;
    uint64_t at = receive_stamp(&message), mark, stamp;
    uint16_t sequence = (uint16_t)(data[2] << 8 | data[3]);
    int16_t step = (int16_t)(sequence - s->heard);
    memcpy(&mark, data + 12, 8), memcpy(&stamp, data + 20, 8);
    if (is_measured) {
        heard++;
        if (s->has_heard && step > 1) lost += (uint64_t)(step - 1);
        if (s->has_heard && step == 1) count(deviations, llabs((int64_t)(at - s->heard_ns) - 20000000));
        if (mark == MARK) count(delays, (int64_t)(at - stamp));
    }
    s->heard = sequence, s->heard_ns = at, s->has_heard = 1;
}

int main(int words, char **word) {
    if (words < 5 || (words >= 7 && !read_coded(word[5], word[6]))) return 2;
    int streams = atoi(word[1]), epoll = epoll_create1(0), sends = atoi(word[4]), ready = 0, suite = words == 6 ? atoi(word[5]) : 0;
    uint64_t warm_ms = (uint64_t)(atof(word[2]) * 1000), end_ms = warm_ms + (uint64_t)(atof(word[3]) * 1000);
    stream *s = calloc((size_t)streams, sizeof *s);
    crypto_load();
    if (!open_streams(s, streams, epoll, suite)) return perror("streams"), 1;
    uint64_t start = now(CLOCK_MONOTONIC);
    for (uint64_t ms = 0; ms < end_ms; ms++) {
        int is_measured = ms >= warm_ms;
        if (is_measured && !ready) ready = 1, printf("measuring\n"), fflush(stdout);
        /* The first packet lets the far end learn us, also when we only listen. */
        for (int i = (int)(ms % TICKS); (sends || ms < TICKS) && i < streams; i += TICKS) {
            if (sends == SPREAD) sleep_until(start + ms * 1000000ull + (uint64_t)i * STEPS / (uint64_t)streams * (1000000ull / STEPS));
            speak(&s[i], i, is_measured);
        }
        struct epoll_event found[256];
        int count_found;
        do {
            count_found = epoll_wait(epoll, found, 256, 0);
            for (int n = 0; n < count_found; n++) listen_to(&s[found[n].data.u32], is_measured);
        } while (count_found == 256);
        sleep_until(start + (ms + 1) * 1000000ull);
    }
    printf("{\"sent\": %lu, \"heard\": %lu, \"lost\": %lu, \"delay_p50_ms\": %.2f, \"delay_p99_ms\": %.2f, "
           "\"deviation_p50_ms\": %.2f, \"deviation_p99_ms\": %.2f, \"deviation_p999_ms\": %.2f}\n",
           sent, heard, lost, percentile(delays, .5), percentile(delays, .99), percentile(deviations, .5),
           percentile(deviations, .99), percentile(deviations, .999));
    return 0;
}
