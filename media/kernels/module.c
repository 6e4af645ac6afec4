/* The Python face: class Loop (memory, commands in, events out, views). Stable ABI. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>
#include <unistd.h>

#include "comfort.h"
#include "crypto.h"
#include "loop.h"
#include "probe.h"
#include "save.h"

typedef struct {
    PyObject_HEAD
    loop *l;
    Py_buffer arena;
} LoopObject;

static int loop_init(PyObject *self, PyObject *args, PyObject *kwargs) {
    LoopObject *o = (LoopObject *)self;
    static char *names[] = {"legs", "arena", "cpu", NULL};
    unsigned int legs_max;
    PyObject *arena;
    int cpu = -1;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "IO|i", names, &legs_max, &arena, &cpu)) return -1;
    if (o->l != NULL || legs_max == 0 || legs_max > LEGS_MAX) {
        PyErr_SetString(PyExc_ValueError, "legs must be 1..4096, once");
        return -1;
    }
    if (PyObject_GetBuffer(arena, &o->arena, PyBUF_SIMPLE) < 0) return -1;
    o->l = PyMem_Calloc(1, sizeof(loop));
    if (o->l == NULL || !loop_memory(o->l, legs_max)) {
        PyErr_SetString(PyExc_MemoryError, "no memory or descriptors for the packet loop");
        return -1;
    }
    o->l->arena = o->arena.buf;
    o->l->arena_size = (uint32_t)o->arena.len;
    o->l->cpu = cpu;
    return 0;
}

static void loop_dealloc(PyObject *self) {
    LoopObject *o = (LoopObject *)self;
    PyTypeObject *type = Py_TYPE(self);
    if (o->l != NULL) {
        Py_BEGIN_ALLOW_THREADS
        loop_stop(o->l);
        Py_END_ALLOW_THREADS
        loop_free(o->l);
        PyMem_Free(o->l);
    }
    if (o->arena.obj != NULL) PyBuffer_Release(&o->arena);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type);
}

static loop *ready(PyObject *self) {
    loop *l = ((LoopObject *)self)->l;
    if (l == NULL) PyErr_SetString(PyExc_RuntimeError, "the loop was not made");
    return l;
}

static PyObject *method_start(PyObject *self, PyObject *unused) {
    (void)unused;
    loop *l = ready(self);
    if (l == NULL) return NULL;
    if (!loop_start(l)) return PyErr_SetFromErrno(PyExc_OSError);
    Py_RETURN_NONE;
}

static PyObject *method_turn(PyObject *self, PyObject *args) {
    loop *l = ready(self);
    unsigned long long now_ns;
    if (l == NULL || !PyArg_ParseTuple(args, "K", &now_ns)) return NULL;
    if (l->started) {
        PyErr_SetString(PyExc_RuntimeError, "the loop's thread is running");
        return NULL;
    }
    loop_turn(l, now_ns);
    Py_RETURN_NONE;
}

static PyObject *method_stop(PyObject *self, PyObject *unused) {
    (void)unused;
    loop *l = ready(self);
    if (l == NULL) return NULL;
    Py_BEGIN_ALLOW_THREADS
    loop_stop(l);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyObject *method_fileno(PyObject *self, PyObject *unused) {
    (void)unused;
    loop *l = ready(self);
    return l == NULL ? NULL : PyLong_FromLong(l->events.wake_fd);
}

static PyObject *method_aside(PyObject *self, PyObject *unused) {
    (void)unused;
    loop *l = ready(self);
    return l == NULL ? NULL : PyLong_FromLong(l->aside_fds[1]);
}

static PyObject *method_post(PyObject *self, PyObject *args) {
    loop *l = ready(self);
    const char *record;
    Py_ssize_t size;
    int wakes = 1;
    if (l == NULL || !PyArg_ParseTuple(args, "y#|p", &record, &size, &wakes)) return NULL;
    if (size != sizeof(command)) {
        PyErr_SetString(PyExc_ValueError, "a command is 64 bytes");
        return NULL;
    }
    command c;
    memcpy(&c, record, sizeof c);
    srtp_free_retired(&l->retired);
    if (!command_prepare(l, &c)) {
        PyErr_SetString(PyExc_ValueError, "no SRTP with these keys here");
        return NULL;
    }
    int pushed = ring_put(&l->commands, &c);
    if (!pushed) command_forget(&c);
    if (wakes || !pushed) ring_wake(&l->commands);
    return PyBool_FromLong(pushed);
}

static PyObject *method_wake(PyObject *self, PyObject *unused) {
    (void)unused;
    loop *l = ready(self);
    if (l == NULL) return NULL;
    ring_wake(&l->commands);
    Py_RETURN_NONE;
}

static PyObject *method_drain(PyObject *self, PyObject *unused) {
    (void)unused;
    static const uint32_t at_once = 512;
    event records[512];
    loop *l = ready(self);
    if (l == NULL) return NULL;
    srtp_free_retired(&l->retired);
    ring_clear_wake(&l->events);
    uint32_t count = ring_pull(&l->events, records, at_once);
    uint64_t one = 1;
    if (count == at_once && write(l->events.wake_fd, &one, sizeof one) < 0) PyErr_Clear();
    return PyBytes_FromStringAndSize((const char *)records, (Py_ssize_t)(count * sizeof(event)));
}

static PyObject *method_take(PyObject *self, PyObject *args) {
    loop *l = ready(self);
    unsigned int index;
    unsigned long long head;
    if (l == NULL || !PyArg_ParseTuple(args, "IK", &index, &head)) return NULL;
    if (index >= l->legs_max) {
        PyErr_SetString(PyExc_IndexError, "no such leg");
        return NULL;
    }
    uint64_t tail = l->recordings[index].tail, count = head > tail ? head - tail : 0;
    if (count > RECORD_RING) count = RECORD_RING;
    PyObject *out = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)count * 4);
    if (out != NULL)
        record_take(&l->recordings[index], loop_ring(l, &l->legs[index]), tail + count, (int16_t *)(void *)PyBytes_AsString(out));
    return out;
}

static void save_all(loop *l, recording_file *files, const uint32_t *legs, size_t count, int16_t *buffer) {
    for (size_t i = 0; i < count; i++)
        save_recording(&files[legs[i]], &l->recordings[legs[i]], loop_ring(l, &l->legs[legs[i]]), buffer, clock_ns());
}

static PyObject *method_save(PyObject *self, PyObject *args) {
    loop *l = ready(self);
    Py_buffer files, legs;
    if (l == NULL || !PyArg_ParseTuple(args, "w*y*", &files, &legs)) return NULL;
    int16_t *buffer = PyMem_Malloc(RECORD_RING * 4);
    size_t count = (size_t)legs.len / 4, known = (size_t)files.len / sizeof(recording_file);
    int right = 1;
    for (size_t i = 0; i < count; i++) right &= ((uint32_t *)legs.buf)[i] < l->legs_max && ((uint32_t *)legs.buf)[i] < known;
    if (buffer != NULL && right) {
        Py_BEGIN_ALLOW_THREADS
        save_all(l, files.buf, legs.buf, count, buffer);
        Py_END_ALLOW_THREADS
    }
    PyMem_Free(buffer);
    PyBuffer_Release(&files);
    PyBuffer_Release(&legs);
    if (!right) PyErr_SetString(PyExc_IndexError, "no such leg");
    else if (buffer == NULL) PyErr_NoMemory();
    return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

static PyObject *method_release(PyObject *self, PyObject *args) {
    loop *l = ready(self);
    unsigned int index;
    if (l == NULL || !PyArg_ParseTuple(args, "I", &index)) return NULL;
    if (index >= l->legs_max) {
        PyErr_SetString(PyExc_IndexError, "no such leg");
        return NULL;
    }
    record_release(&l->recordings[index], loop_ring(l, &l->legs[index]));
    Py_RETURN_NONE;
}

static PyObject *method_now(PyObject *self, PyObject *unused) {
    (void)self, (void)unused;
    return PyLong_FromUnsignedLongLong(clock_ns());
}

static PyObject *method_view(PyObject *self, PyObject *args) {
    loop *l = ready(self);
    const char *name;
    if (l == NULL || !PyArg_ParseTuple(args, "s", &name)) return NULL;
    if (strcmp(name, "statistics") == 0)
        return PyMemoryView_FromMemory((char *)l->stats, (Py_ssize_t)(l->legs_max * sizeof(statistics)), PyBUF_READ);
    if (strcmp(name, "recordings") == 0)
        return PyMemoryView_FromMemory((char *)l->recordings, (Py_ssize_t)(l->legs_max * sizeof(recording)), PyBUF_READ);
    if (strcmp(name, "counters") == 0) return PyMemoryView_FromMemory((char *)l->count, sizeof(counters), PyBUF_READ);
    if (strcmp(name, "rings") == 0)
        return PyMemoryView_FromMemory((char *)l->rings, (Py_ssize_t)l->legs_max * RECORD_RING * 4, PyBUF_READ);
    PyErr_SetString(PyExc_KeyError, name);
    return NULL;
}

static PyMethodDef loop_methods[] = {
    {"start", method_start, METH_NOARGS, "Start the packet loop's thread."},
    {"stop", method_stop, METH_NOARGS, "Stop and join it."},
    {"turn", method_turn, METH_VARARGS, "turn(now_ns): one turn by hand, while the thread is not running."},
    {"fileno", method_fileno, METH_NOARGS, "The eventfd that is readable while events wait."},
    {"aside", method_aside, METH_NOARGS, "The socket that hands over datagrams that are no RTP, each after its 32-byte head."},
    {"post", method_post, METH_VARARGS, "post(command: 64 bytes, wakes=True) -> bool: False when the ring is full."},
    {"wake", method_wake, METH_NOARGS, "wake(): the loop takes the commands that were posted without waking it."},
    {"drain", method_drain, METH_NOARGS, "drain() -> bytes: the waiting events, 32 bytes each, at most 512."},
    {"take", method_take, METH_VARARGS, "take(leg, head) -> bytes: the recording's stereo frames up to `head`, one ring at most."},
    {"save", method_save, METH_VARARGS, "save(files, legs): of these legs' recordings what is due, into their files; of all legs: files."},
    {"release", method_release, METH_VARARGS, "release(leg): the recording is read to its end; the ring may be used again."},
    {"now", method_now, METH_NOARGS, "The loop's monotonic clock in ns."},
    {"view", method_view, METH_VARARGS, "view(name) -> memoryview of statistics, recordings, counters or rings; keep the Loop alive."},
    {NULL, NULL, 0, NULL}};

static PyType_Slot loop_slots[] = {{Py_tp_doc, "Loop(legs, arena, cpu=-1): one packet loop and its tables."},
                                   {Py_tp_init, loop_init},
                                   {Py_tp_dealloc, loop_dealloc},
                                   {Py_tp_methods, loop_methods},
                                   {0, NULL}};
static PyType_Spec loop_spec = {"media.kernels._loop.Loop", sizeof(LoopObject), 0, Py_TPFLAGS_DEFAULT, loop_slots};

static int module_exec(PyObject *module) {
    g711_prepare();
    inband_prepare();
    comfort_prepare();
    fax_prepare();
    crypto_load();
    PyObject *type = PyType_FromModuleAndSpec(module, &loop_spec, NULL);
    if (type == NULL) return -1;
    int failed = PyModule_AddType(module, (PyTypeObject *)type);
    Py_DECREF(type);
    return failed;
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, module_exec}, {0, NULL}};
static PyModuleDef module_definition = {PyModuleDef_HEAD_INIT, "_loop", "The compiled packet loop.", 0, probe_methods,
                                        module_slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__loop(void) { return PyModuleDef_Init(&module_definition); }
