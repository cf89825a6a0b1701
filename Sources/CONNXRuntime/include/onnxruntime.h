// A sentence encoder on ONNX Runtime, which is loaded when it is asked for: neither the build nor the program needs it.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct crisol_encoder crisol_encoder;

/// Loads the library and the model.
/// - Parameters:
///   - longest: tokens of the longest text.
/// - Returns: NULL, with the reason in `problem`.
crisol_encoder *crisol_encoder_open(const char *library, const char *model, size_t longest, char *problem, size_t room);

/// Encodes one text: `last_hidden_state` for `input_ids`, with all of it attended to and of one segment.
/// - Parameters:
///   - output: takes count × width numbers.
/// - Returns: 0; else -1, with the reason in `problem`. May be called from several threads at a time, as ONNX Runtime's Run may.
int crisol_encoder_run(
  const crisol_encoder *encoder, const int64_t *ids, size_t count, float *output, size_t width, char *problem, size_t room);

void crisol_encoder_close(crisol_encoder *encoder);
