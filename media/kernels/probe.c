/* Kernels as functions of arrays: bytes in, bytes out, no state kept. reference.py has a function of each name. */
#define PY_SSIZE_T_CLEAN
#include "probe.h"

#include <string.h>

#include "crypto.h"
#include "loop.h"
#include "playout.h"

enum { ENCODED_AT_ONCE = 160 };

static PyObject *g711_decode_bytes(PyObject *module, PyObject *args) {
    (void)module;
    int law;
    const uint8_t *codes;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(args, "iy#", &law, &codes, &size)) return NULL;
    PyObject *out = PyBytes_FromStringAndSize(NULL, size * 2);
    if (out == NULL) return NULL;
    int16_t *samples = (int16_t *)(void *)PyBytes_AsString(out);
    for (Py_ssize_t i = 0; i < size; i++) samples[i] = g711_linear[law & 1][codes[i]];
    return out;
}

static PyObject *g711_encode_bytes(PyObject *module, PyObject *args) {
    (void)module;
    int law;
    const char *bytes;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(args, "iy#", &law, &bytes, &size)) return NULL;
    PyObject *out = PyBytes_FromStringAndSize(NULL, size / 2);
    if (out == NULL) return NULL;
    uint8_t *codes = (uint8_t *)PyBytes_AsString(out);
    for (Py_ssize_t done = 0, count; done < size / 2; done += count) {
        int16_t samples[ENCODED_AT_ONCE];
        int32_t wide[ENCODED_AT_ONCE];
        count = size / 2 - done < ENCODED_AT_ONCE ? size / 2 - done : ENCODED_AT_ONCE;
        memcpy(samples, bytes + 2 * done, (size_t)count * 2);
        for (Py_ssize_t i = 0; i < count; i++) wide[i] = samples[i];
        g711_encode_all(law & 1, wide, codes + done, (size_t)count);
    }
    return out;
}

static PyObject *g711_transcode_bytes(PyObject *module, PyObject *args) {
    (void)module;
    int law;
    const uint8_t *codes;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(args, "iy#", &law, &codes, &size)) return NULL;
    PyObject *out = PyBytes_FromStringAndSize(NULL, size);
    if (out != NULL) g711_transcode(law & 1, codes, (uint8_t *)PyBytes_AsString(out), (size_t)size);
    return out;
}

static PyObject *parse_rtp(PyObject *module, PyObject *args) {
    (void)module;
    const uint8_t *data;
    Py_ssize_t size;
    rtp_packet p;
    if (!PyArg_ParseTuple(args, "y#", &data, &size)) return NULL;
    if (!rtp_parse(data, (size_t)size, &p)) Py_RETURN_NONE;
    return Py_BuildValue("(iiIIIii)", p.marker, p.payload_type, (unsigned)p.sequence, p.timestamp, p.ssrc, p.payload_offset,
                         p.payload_size);
}

typedef struct { uint64_t now_ns; uint32_t address, ssrc, timestamp; uint16_t port, sequence; } arrival_record;
_Static_assert(sizeof(arrival_record) == 24, "arrival_record");

static PyObject *latch_run(PyObject *module, PyObject *args) {
    (void)module;
    unsigned int address, port, signalling;
    int nat;
    const char *bytes;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(args, "IIIpy#", &address, &port, &signalling, &nat, &bytes, &size)) return NULL;
    Py_ssize_t count = size / (Py_ssize_t)sizeof(arrival_record);
    PyObject *out = PyBytes_FromStringAndSize(NULL, count);
    if (out == NULL) return NULL;
    latch l;
    net_address at = address_of_v4(address), from = address_of_v4(signalling);
    latch_set(&l, &at, (uint16_t)port, &from, nat);
    for (Py_ssize_t i = 0; i < count; i++) {
        arrival_record a;
        memcpy(&a, bytes + i * (Py_ssize_t)sizeof a, sizeof a);
        net_address source = address_of_v4(a.address);
        PyBytes_AsString(out)[i] = (char)latch_packet(&l, &source, a.port, a.ssrc, a.sequence);
    }
    return out;
}

static PyObject *stats_run(PyObject *module, PyObject *args) {
    (void)module;
    const char *bytes;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(args, "y#", &bytes, &size)) return NULL;
    rx_state x;
    statistics s;
    memset(&x, 0, sizeof x), memset(&s, 0, sizeof s);
    for (Py_ssize_t i = 0; i < size / (Py_ssize_t)sizeof(arrival_record); i++) {
        arrival_record a;
        memcpy(&a, bytes + i * (Py_ssize_t)sizeof a, sizeof a);
        if (i > 0 && s.rx_ssrc != a.ssrc) stats_restart(&x, &s);
        s.rx_ssrc = a.ssrc;
        if (stats_sequence(&x, &s, a.sequence) != ARRIVED_DUPLICATE &&
            stats_timing(&x, &s, a.timestamp, (uint32_t)(a.now_ns / NS_PER_SAMPLE)))
            stats_late(&x, &s, a.sequence);
    }
    stats_end(&x, &s);
    return Py_BuildValue("(IIIIIIIIIIIII)", s.rx_expected, s.rx_counted, s.duplicates, s.reordered, s.late, s.jitter_q4,
                         s.rx_max_sequence, s.judged, s.gone, s.gone_runs, s.bursts, s.burst_packets, s.burst_gone);
}

/* pace_run(arrivals) -> the timestamp of each; its `port` is how long it is. */
static PyObject *pace_run(PyObject *module, PyObject *args) {
    (void)module;
    const char *bytes;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(args, "y#", &bytes, &size)) return NULL;
    PyObject *out = PyBytes_FromStringAndSize(NULL, size / (Py_ssize_t)sizeof(arrival_record) * 4);
    pace p = {0};
    for (Py_ssize_t i = 0; out != NULL && i < size / (Py_ssize_t)sizeof(arrival_record); i++) {
        arrival_record a;
        memcpy(&a, bytes + i * (Py_ssize_t)sizeof a, sizeof a);
        uint32_t stamp = pace_stamp(&p, a.sequence, a.timestamp, a.port, (uint32_t)(a.now_ns / NS_PER_SAMPLE));
        memcpy(PyBytes_AsString(out) + 4 * i, &stamp, 4);
    }
    return out;
}

/* level_run(law, codes) -> (energy, samples, packets, silent, clipped) of one packet */
static PyObject *level_run(PyObject *module, PyObject *args) {
    (void)module;
    int law;
    const uint8_t *codes;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(args, "iy#", &law, &codes, &size)) return NULL;
    level_figures v;
    memset(&v, 0, sizeof v);
    level_add(&v, law & 1, codes, (uint32_t)size);
    return Py_BuildValue("(KIIII)", (unsigned long long)v.energy, v.samples, v.packets, v.silent, v.clipped);
}

typedef struct { uint64_t now_ns; uint32_t timestamp; uint8_t marker, size, payload[DTMF_PAYLOAD], unused[4]; uint16_t sequence; } key_record;
_Static_assert(sizeof(key_record) == 24, "key_record");

static int tell_press(PyObject *list, int index, const dtmf_press *press) {
    PyObject *item = Py_BuildValue("(iiI)", index, press->event, press->duration);
    int failed = item == NULL || PyList_Append(list, item) < 0;
    Py_XDECREF(item);
    return !failed;
}

static PyObject *dtmf_run(PyObject *module, PyObject *args) {
    (void)module;
    const char *bytes;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(args, "y#", &bytes, &size)) return NULL;
    PyObject *list = PyList_New(0);
    dtmf_receiver d;
    memset(&d, 0, sizeof d);
    for (Py_ssize_t i = 0; list != NULL && i < size / (Py_ssize_t)sizeof(key_record); i++) {
        key_record k;
        dtmf_press presses[3];
        int started;
        memcpy(&k, bytes + i * (Py_ssize_t)sizeof k, sizeof k);
        int count = dtmf_expire(&d, k.now_ns, presses);
        count += dtmf_packet(&d, k.payload, k.size, k.marker, k.sequence, k.timestamp, k.now_ns, presses + count, &started);
        for (int n = 0; n < count && list != NULL; n++)
            if (!tell_press(list, (int)i, &presses[n])) Py_CLEAR(list);
    }
    return list;
}

static PyObject *dtmf_send(PyObject *module, PyObject *args) {
    (void)module;
    const uint8_t *digits;
    Py_ssize_t count;
    unsigned int tone, gap, frames;
    if (!PyArg_ParseTuple(args, "y#III", &digits, &count, &tone, &gap, &frames)) return NULL;
    PyObject *list = PyList_New(0);
    dtmf_sender d;
    memset(&d, 0, sizeof d);
    dtmf_queue(&d, digits, (uint32_t)count, tone, gap);
    enum dtmf_step step = DTMF_QUIET;
    for (uint32_t tick = 0; list != NULL && step != DTMF_OVER && tick < 100000; tick++) {
        uint8_t payload[DTMF_PAYLOAD];
        int marker = 0;
        step = dtmf_next(&d, frames, tick * frames, payload, &marker);
        if (step != DTMF_SEND) continue;
        PyObject *item = Py_BuildValue("(IiIy#)", tick, marker, d.timestamp, payload, (Py_ssize_t)DTMF_PAYLOAD);
        if (item == NULL || PyList_Append(list, item) < 0) Py_CLEAR(list);
        Py_XDECREF(item);
    }
    return list;
}

typedef struct { uint64_t now_ns; uint32_t timestamp; uint16_t offset; uint8_t channel, law, count, taken, unused[6]; } put_record;
_Static_assert(sizeof(put_record) == 24, "put_record");

/* record_run(puts, codes) -> ring bytes + dropped: every put takes `count` codes from `offset` of `codes`, after all until then
 * were taken out where it is `taken`. */
static PyObject *record_run(PyObject *module, PyObject *args) {
    (void)module;
    const char *bytes, *codes;
    Py_ssize_t size, codes_size;
    if (!PyArg_ParseTuple(args, "y#y#", &bytes, &size, &codes, &codes_size)) return NULL;
    PyObject *out = PyBytes_FromStringAndSize(NULL, RECORD_RING * 4);
    if (out == NULL) return NULL;
    memset(PyBytes_AsString(out), 0, RECORD_RING * 4);
    recording r;
    record_anchor anchors[2];
    static int16_t taken[2 * RECORD_RING];
    memset(&r, 0, sizeof r);
    record_start(&r, anchors, 0);
    for (Py_ssize_t i = 0; i < size / (Py_ssize_t)sizeof(put_record); i++) {
        put_record p;
        memcpy(&p, bytes + i * (Py_ssize_t)sizeof p, sizeof p);
        if (p.offset + p.count > codes_size) continue;
        if (p.taken) record_take(&r, (int16_t *)(void *)PyBytes_AsString(out), p.now_ns / NS_PER_SAMPLE, taken);
        record_put(&r, &anchors[p.channel & 1], (int16_t *)(void *)PyBytes_AsString(out), p.channel & 1, p.timestamp,
                   p.law & 1, (const uint8_t *)codes + p.offset, p.count, p.now_ns);
    }
    return Py_BuildValue("(NK)", out, (unsigned long long)r.dropped);
}

typedef struct { int64_t now; uint32_t timestamp, ssrc; uint16_t sequence, frames, offset; uint8_t what, level; } sound_record;
_Static_assert(sizeof(sound_record) == 24, "sound_record");
enum { SOUND_PUSH, SOUND_PULL, SOUND_REST };

/* playout_run(width, steps, samples) -> the sound of all pulls; a push takes its samples from `offset` of `samples`; pulls of
 * odd level are for nobody. */
static PyObject *playout_run(PyObject *module, PyObject *args) {
    (void)module;
    unsigned int width;
    const char *bytes, *sound;
    Py_ssize_t size, sound_size;
    static playout p;
    static int16_t out[1 << 18];
    if (!PyArg_ParseTuple(args, "Iy#y#", &width, &bytes, &size, &sound, &sound_size)) return NULL;
    width = width == 2 ? 2 : 1;
    size_t done = 0;
    memset(&p, 0, sizeof p);
    playout_start(&p, width);
    for (Py_ssize_t i = 0; i < size / (Py_ssize_t)sizeof(sound_record); i++) {
        sound_record r;
        int16_t samples[PULL_FRAMES_MAX * JITTER_WIDTH_MAX];
        memcpy(&r, bytes + i * (Py_ssize_t)sizeof r, sizeof r);
        size_t wanted = (size_t)r.frames * width;
        if (r.frames > PULL_FRAMES_MAX) continue;
        if (r.what == SOUND_REST) playout_rest(&p, r.ssrc, r.sequence, r.timestamp, &r.level, 1);
        if (r.what == SOUND_PULL && done + wanted <= sizeof out / 2) {
            playout_pull(&p, r.frames, r.now, r.level % 2 == 0, out + done);
            done += wanted;
        }
        if (r.what != SOUND_PUSH || ((size_t)r.offset + wanted) * 2 > (size_t)sound_size) continue;
        memcpy(samples, sound + 2 * r.offset, wanted * 2);
        jitter_push(&p.buffer, r.ssrc, r.sequence, r.timestamp, samples, r.frames, r.now);
    }
    return PyBytes_FromStringAndSize((const char *)out, (Py_ssize_t)(done * 2));
}

static PyObject *srtp_packet(srtp_context *c, int direction, PyObject *packet) {
    uint8_t buffer[PACKET_MAX + SRTP_TAG_MAX];
    char *bytes;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(packet, &bytes, &size) < 0) return NULL;
    if (size > PACKET_MAX) Py_RETURN_NONE;
    memcpy(buffer, bytes, (size_t)size);
    int done = direction == SRTP_SEND ? srtp_protect(c, buffer, (size_t)size) : srtp_unprotect(c, buffer, (size_t)size);
    if (done < 0) Py_RETURN_NONE;
    return PyBytes_FromStringAndSize((const char *)buffer, done);
}

static PyObject *srtp_run(PyObject *module, PyObject *args) {
    (void)module;
    int suite, direction;
    unsigned int mki_size;
    const char *master;
    uint8_t whole[SRTP_MASTER_MAX] = {0};
    Py_ssize_t size;
    PyObject *packets, *out = NULL;
    if (!PyArg_ParseTuple(args, "iiy#IO", &suite, &direction, &master, &size, &mki_size, &packets)) return NULL;
    memcpy(whole, master, size < SRTP_MASTER_MAX ? (size_t)size : SRTP_MASTER_MAX);
    srtp_context *c = srtp_new(suite, direction & 1, whole, mki_size);
    if (c == NULL) {
        PyErr_SetString(PyExc_ValueError, "no SRTP with these keys here");
        return NULL;
    }
    out = PyList_New(0);
    for (Py_ssize_t i = 0; out != NULL && i < PyList_Size(packets); i++) {
        PyObject *item = srtp_packet(c, direction & 1, PyList_GetItem(packets, i));
        if (item == NULL || PyList_Append(out, item) < 0) Py_CLEAR(out);
        Py_XDECREF(item);
    }
    srtp_free(c);
    return out;
}

static PyObject *srtp_available(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    return PyBool_FromLong(crypto_available());
}

/* inband_run(samples) -> [(block, event, duration)] of each press that ended, in blocks of 160 samples. */
static PyObject *inband_run(PyObject *module, PyObject *args) {
    (void)module;
    const char *bytes;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(args, "y#", &bytes, &size)) return NULL;
    PyObject *told = PyList_New(0);
    inband_receiver d;
    inband_reset(&d);
    for (Py_ssize_t i = 0; told != NULL && i < size / 320; i++) {
        int16_t samples[160];
        dtmf_press ended[INBAND_PRESSES];
        int started;
        memcpy(samples, bytes + i * 320, sizeof samples);
        int count = inband_hear(&d, samples, 160, ended, &started);
        for (int n = 0; n < count && told != NULL; n++)
            if (!tell_press(told, (int)i, &ended[n])) Py_CLEAR(told);
    }
    return told;
}

/* inband_send(law, digits, tone, gap, frames) -> the code words of all digits, in packets of `frames`. */
static PyObject *inband_send(PyObject *module, PyObject *args) {
    (void)module;
    const char *digits;
    Py_ssize_t size;
    unsigned law, tone, gap, frames;
    static uint8_t out[1 << 20];
    if (!PyArg_ParseTuple(args, "Iy#III", &law, &digits, &size, &tone, &gap, &frames)) return NULL;
    dtmf_sender d;
    memset(&d, 0, sizeof d);
    dtmf_queue(&d, (const uint8_t *)digits, (uint32_t)size, tone, gap);
    size_t done = 0;
    while (d.index < d.count && frames > 0 && done + frames <= sizeof out) {
        inband_next(&d, (int)(law & 1), out + done, frames);
        done += frames;
    }
    return PyBytes_FromStringAndSize((const char *)out, (Py_ssize_t)done);
}

/* fax_run(law, codes) -> [(packet of 160, tone)] of what is told. */
static PyObject *fax_run(PyObject *module, PyObject *args) {
    (void)module;
    int law;
    const uint8_t *codes;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(args, "iy#", &law, &codes, &size)) return NULL;
    PyObject *told = PyList_New(0);
    fax_listener f = {0};
    for (Py_ssize_t i = 0; told != NULL && i < size / 160; i++) {
        enum fax_tone tone = fax_hear(&f, law & 1, codes + i * 160, 160);
        if (tone == FAX_NONE) continue;
        PyObject *one = Py_BuildValue("(ni)", i, (int)tone);
        if (one == NULL || PyList_Append(told, one) < 0) Py_CLEAR(told);
        Py_XDECREF(one);
    }
    return told;
}

/* gather_run(wakeups of every ms) -> a byte a ms: whether the loop then looked by itself. */
static PyObject *gather_run(PyObject *module, PyObject *args) {
    (void)module;
    const uint8_t *woken;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(args, "y#", &woken, &size)) return NULL;
    PyObject *out = PyBytes_FromStringAndSize(NULL, size);
    gather g = {0};
    uint64_t wakeups = 0;
    for (Py_ssize_t ms = 0; out != NULL && ms < size; ms++)
        PyBytes_AsString(out)[ms] = (char)gather_pays(&g, wakeups += woken[ms], (uint64_t)ms + 1);
    return out;
}

PyMethodDef probe_methods[] = {
    {"g711_decode", g711_decode_bytes, METH_VARARGS, "g711_decode(law, codes) -> 16-bit samples"},
    {"g711_encode", g711_encode_bytes, METH_VARARGS, "g711_encode(law, samples) -> codes"},
    {"g711_transcode", g711_transcode_bytes, METH_VARARGS, "g711_transcode(from_law, codes) -> codes of the other law"},
    {"rtp_parse", parse_rtp, METH_VARARGS,
     "rtp_parse(datagram) -> (marker, payload type, sequence, timestamp, ssrc, payload offset, payload size) or None"},
    {"latch_run", latch_run, METH_VARARGS, "latch_run(address, port, signalling, nat, arrivals) -> one verdict a packet"},
    {"stats_run", stats_run, METH_VARARGS,
     "stats_run(arrivals) -> (expected, counted, duplicates, reordered, late, jitter_q4, max_sequence, judged, gone, gone_runs, "
     "bursts, burst_packets, burst_gone)"},
    {"pace_run", pace_run, METH_VARARGS, "pace_run(arrivals) -> the timestamp of each, 4 bytes"},
    {"level_run", level_run, METH_VARARGS, "level_run(law, codes) -> (energy, samples, packets, silent, clipped)"},
    {"dtmf_run", dtmf_run, METH_VARARGS, "dtmf_run(packets) -> [(packet index, event, duration)]"},
    {"dtmf_send", dtmf_send, METH_VARARGS, "dtmf_send(digits, tone, gap, frames) -> [(tick, marker, timestamp, payload)]"},
    {"inband_run", inband_run, METH_VARARGS, "inband_run(samples) -> [(block of 160, event, duration)]"},
    {"inband_send", inband_send, METH_VARARGS, "inband_send(law, digits, tone, gap, frames) -> codes"},
    {"fax_run", fax_run, METH_VARARGS, "fax_run(law, codes) -> [(packet of 160, tone)]"},
    {"gather_run", gather_run, METH_VARARGS, "gather_run(wakeups of every ms) -> a byte a ms: whether the loop then looked by itself"},
    {"record_run", record_run, METH_VARARGS, "record_run(puts, codes) -> (ring, dropped)"},
    {"playout_run", playout_run, METH_VARARGS, "playout_run(width, steps, samples) -> the sound of all pulls"},
    {"srtp_run", srtp_run, METH_VARARGS,
     "srtp_run(suite, direction, master, mki_size, packets) -> each protected (0) or unprotected (1), None when refused"},
    {"srtp_available", srtp_available, METH_NOARGS, "srtp_available() -> whether libcrypto was found"},
    {NULL, NULL, 0, NULL}};
