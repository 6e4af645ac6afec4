/* The kernels as functions of arrays, for the property tests that hold them equal to their numpy twins. */
#ifndef MEDIA_PROBE_H
#define MEDIA_PROBE_H
#include <Python.h>
extern PyMethodDef probe_methods[];
#endif
