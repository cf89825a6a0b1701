#include "onnxruntime.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ONNX Runtime's C interface is a table of functions whose order never changes: new ones are added at its end, and
// OrtApiBase.GetApi gives the table of the version that is asked for (onnxruntime_c_api.h, "OrtApi"). So places in the table
// stand for the header here, and the build does without it.
enum {
  get_error_message = 2,
  create_env = 3,
  create_session = 7,
  run = 9,
  create_session_options = 10,
  set_graph_optimization_level = 23,
  set_intra_op_num_threads = 24,
  set_inter_op_num_threads = 25,
  create_tensor_with_data = 49,
  get_tensor_mutable_data = 51,
  get_tensor_element_type = 60,
  get_dimensions_count = 61,
  get_dimensions = 62,
  get_tensor_type_and_shape = 65,
  create_cpu_memory_info = 69,
  release_env = 92,
  release_status = 93,
  release_memory_info = 94,
  release_session = 95,
  release_value = 96,
  release_shape = 99,
  release_session_options = 100,
};
enum { api_version = 17, logging_errors = 3, optimize_all = 99, arena_allocator = 1, memory_default = 0, type_float = 1, type_int64 = 7 };

typedef void object;
typedef object status;

struct crisol_encoder {
  void *library;
  void *const *api;
  object *env, *session, *memory;
  // Ones and zeros, as many as the longest text has tokens.
  int64_t *ones, *zeros;
  size_t longest;
};

typedef struct {
  void *const *(*get_api)(uint32_t version);
  const char *(*get_version)(void);
} api_base;

static void release(void *const *api, int place, object *what) {
  if (what) ((void (*)(object *))api[place])(what);
}

// Whether a call succeeded; its reason is told otherwise.
static int succeeded(void *const *api, status *outcome, const char *what, char *problem, size_t room) {
  if (!outcome) return 1;
  snprintf(problem, room, "%s: %s", what, ((const char *(*)(const status *))api[get_error_message])(outcome));
  release(api, release_status, outcome);
  return 0;
}

crisol_encoder *crisol_encoder_open(const char *library, const char *model, size_t longest, char *problem, size_t room) {
  crisol_encoder *encoder = calloc(1, sizeof *encoder);
  if (encoder) {
    encoder->longest = longest;
    encoder->ones = calloc(longest, sizeof *encoder->ones);
    encoder->zeros = calloc(longest, sizeof *encoder->zeros);
  }
  if (!encoder || !encoder->ones || !encoder->zeros) {
    snprintf(problem, room, "no memory");
    crisol_encoder_close(encoder);
    return NULL;
  }
  for (size_t index = 0; index < longest; index++) encoder->ones[index] = 1;
  encoder->library = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (!encoder->library) {
    snprintf(problem, room, "%s", dlerror());
    crisol_encoder_close(encoder);
    return NULL;
  }
  const api_base *(*get_base)(void) = (const api_base *(*)(void))dlsym(encoder->library, "OrtGetApiBase");
  const api_base *base = get_base ? get_base() : NULL;
  void *const *api = base ? base->get_api(api_version) : NULL;
  if (!api) {
    snprintf(problem, room, "%s is no ONNX Runtime of version 1.%d or newer", library, api_version);
    crisol_encoder_close(encoder);
    return NULL;
  }
  encoder->api = api;
  object *options = NULL;
  // A text is encoded by the thread that asks: several threads encode side by side.
  int good =
    succeeded(api, ((status *(*)(int, const char *, object **))api[create_env])(logging_errors, "crisol", &encoder->env), "CreateEnv", problem, room)
    && succeeded(api, ((status *(*)(object **))api[create_session_options])(&options), "CreateSessionOptions", problem, room)
    && succeeded(api, ((status *(*)(object *, int))api[set_intra_op_num_threads])(options, 1), "SetIntraOpNumThreads", problem, room)
    && succeeded(api, ((status *(*)(object *, int))api[set_inter_op_num_threads])(options, 1), "SetInterOpNumThreads", problem, room)
    && succeeded(
      api, ((status *(*)(object *, int))api[set_graph_optimization_level])(options, optimize_all), "SetSessionGraphOptimizationLevel", problem, room)
    && succeeded(
      api, ((status *(*)(const object *, const char *, const object *, object **))api[create_session])(encoder->env, model, options, &encoder->session),
      model, problem, room)
    && succeeded(
      api, ((status *(*)(int, int, object **))api[create_cpu_memory_info])(arena_allocator, memory_default, &encoder->memory), "CreateCpuMemoryInfo",
      problem, room);
  release(api, release_session_options, options);
  if (good) return encoder;
  crisol_encoder_close(encoder);
  return NULL;
}

void crisol_encoder_close(crisol_encoder *encoder) {
  if (!encoder) return;
  if (encoder->api) {
    release(encoder->api, release_memory_info, encoder->memory);
    release(encoder->api, release_session, encoder->session);
    release(encoder->api, release_env, encoder->env);
  }
  // The library stays loaded: it has threads and thread-local storage of its own, and may be asked for again.
  free(encoder->ones);
  free(encoder->zeros);
  free(encoder);
}

// Copies a float tensor of the shape 1 × count × width.
static int copy(void *const *api, object *value, size_t count, float *output, size_t width, char *problem, size_t room) {
  object *shape = NULL;
  int type = 0;
  size_t dimensions = 0;
  int64_t sizes[3] = {0, 0, 0};
  void *data = NULL;
  int good =
    succeeded(api, ((status *(*)(const object *, object **))api[get_tensor_type_and_shape])(value, &shape), "GetTensorTypeAndShape", problem, room)
    && succeeded(api, ((status *(*)(const object *, int *))api[get_tensor_element_type])(shape, &type), "GetTensorElementType", problem, room)
    && succeeded(api, ((status *(*)(const object *, size_t *))api[get_dimensions_count])(shape, &dimensions), "GetDimensionsCount", problem, room);
  if (good && dimensions == 3) {
    good = succeeded(api, ((status *(*)(const object *, int64_t *, size_t))api[get_dimensions])(shape, sizes, 3), "GetDimensions", problem, room);
  }
  release(api, release_shape, shape);
  if (!good) return 0;
  if (type != type_float || dimensions != 3 || sizes[0] != 1 || sizes[1] != (int64_t)count || sizes[2] != (int64_t)width) {
    snprintf(problem, room, "the model's last_hidden_state is not of the shape 1 x %zu x %zu", count, width);
    return 0;
  }
  if (!succeeded(api, ((status *(*)(object *, void **))api[get_tensor_mutable_data])(value, &data), "GetTensorMutableData", problem, room)) return 0;
  memcpy(output, data, count * width * sizeof *output);
  return 1;
}

int crisol_encoder_run(
  const crisol_encoder *encoder, const int64_t *ids, size_t count, float *output, size_t width, char *problem, size_t room) {
  void *const *api = encoder->api;
  if (count > encoder->longest) {
    snprintf(problem, room, "%zu tokens are more than %zu", count, encoder->longest);
    return -1;
  }
  static const char *const inputs[] = {"input_ids", "attention_mask", "token_type_ids"};
  static const char *const outputs[] = {"last_hidden_state"};
  const int64_t *const data[] = {ids, encoder->ones, encoder->zeros};
  const int64_t shape[] = {1, (int64_t)count};
  object *tensors[3] = {NULL, NULL, NULL};
  object *result = NULL;
  int good = 1;
  for (int index = 0; index < 3 && good; index++) {
    // Inputs are only read.
    good = succeeded(
      api,
      ((status *(*)(const object *, void *, size_t, const int64_t *, size_t, int, object **))api[create_tensor_with_data])(
        encoder->memory, (void *)data[index], count * sizeof(int64_t), shape, 2, type_int64, &tensors[index]),
      "CreateTensorWithDataAsOrtValue", problem, room);
  }
  good = good
    && succeeded(
      api,
      ((status *(*)(object *, const object *, const char *const *, const object *const *, size_t, const char *const *, size_t, object **))api[run])(
        encoder->session, NULL, inputs, (const object *const *)tensors, 3, outputs, 1, &result),
      "Run", problem, room)
    && copy(api, result, count, output, width, problem, room);
  for (int index = 0; index < 3; index++) release(api, release_value, tensors[index]);
  release(api, release_value, result);
  return good ? 0 : -1;
}
