// The Node-API side: checks what JavaScript hands over, and runs executors off the event loop.
#include <node_api.h>

#include <memory>
#include <string>
#include <vector>

#include "executor.h"

namespace {

/** Thrown into JavaScript as an Error, once the C++ frames are left. */
struct Refusal {
  std::string message;
};

void must(napi_env env, napi_status status, const char* what) {
  if (status == napi_ok) return;
  const napi_extended_error_info* info = nullptr;
  napi_get_last_error_info(env, &info);
  throw Refusal{std::string(what) + (info && info->error_message ? std::string(": ") + info->error_message : "")};
}

/** A typed array of the given type; its memory is JavaScript's. */
template <class T>
struct Array {
  T* data;
  size_t length;
};
template <class T>
Array<T> arrayOf(napi_env env, napi_value value, napi_typedarray_type expected, const char* name) {
  napi_typedarray_type type;
  size_t length = 0, offset = 0;
  void* data = nullptr;
  napi_value buffer;
  bool is = false;
  must(env, napi_is_typedarray(env, value, &is), name);
  if (!is) throw Refusal{std::string(name) + " is not a typed array"};
  must(env, napi_get_typedarray_info(env, value, &type, &length, &data, &buffer, &offset), name);
  if (type != expected) throw Refusal{std::string(name) + " is a typed array of another type"};
  return {static_cast<T*>(data), length};
}

int32_t integerOf(napi_env env, napi_value value, const char* name) {
  int32_t result = 0;
  must(env, napi_get_value_int32(env, value, &result), name);
  return result;
}

std::string textOf(napi_env env, napi_value value, const char* name) {
  char text[64];
  size_t length = 0;
  must(env, napi_get_value_string_utf8(env, value, text, sizeof text, &length), name);
  return std::string(text, length);
}

napi_value text(napi_env env, const std::string& value) {
  napi_value result;
  must(env, napi_create_string_utf8(env, value.data(), value.size(), &result), "a string");
  return result;
}

constexpr napi_type_tag kExecutorTag = {0x6a61632d65786563ULL, 0x75746f722d763031ULL};

/** An executor and whether a call is under way; the latter is touched on JavaScript's thread alone. */
struct Held {
  std::unique_ptr<Executor> executor;
  bool busy = false;
};

/** What the handle given to JavaScript points at: null once closed. */
struct Handle {
  std::shared_ptr<Held> held;
};

std::shared_ptr<Held> heldOf(napi_env env, napi_value value) {
  bool tagged = false;
  if (napi_check_object_type_tag(env, value, &kExecutorTag, &tagged) != napi_ok || !tagged)
    throw Refusal{"this is not an executor"};
  void* handle = nullptr;
  must(env, napi_unwrap(env, value, &handle), "executor");
  auto held = static_cast<Handle*>(handle)->held;
  if (!held) throw Refusal{"the executor is closed"};
  return held;
}

template <size_t N>
void argumentsOf(napi_env env, napi_callback_info info, napi_value (&values)[N]) {
  size_t count = N;
  must(env, napi_get_cb_info(env, info, &count, values, nullptr, nullptr), "arguments");
  if (count != N) throw Refusal{"wrong number of arguments"};
}

/** A function for JavaScript: refusals become exceptions there. */
template <napi_value (*Body)(napi_env, napi_callback_info)>
napi_value guarded(napi_env env, napi_callback_info info) {
  try {
    return Body(env, info);
  } catch (const Refusal& refusal) {
    napi_throw_error(env, nullptr, refusal.message.c_str());
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
  }
  return nullptr;
}

/** instructionSets(): string[], the best first. */
napi_value instructionSets(napi_env env, napi_callback_info) {
  napi_value list;
  must(env, napi_create_array(env, &list), "a list");
  uint32_t i = 0;
  for (const Kernel* kernel : usableKernels()) must(env, napi_set_element(env, list, i++, text(env, kernel->isa)), "a list");
  return list;
}

/** prepare(code: Int32Array, constants: Float64Array, wide: 0|1, threads, isa, vectors): {executor, lanes, isa, arenaBytes}. */
napi_value prepare(napi_env env, napi_callback_info info) {
  napi_value arguments[6];
  argumentsOf(env, info, arguments);
  const auto code = arrayOf<int32_t>(env, arguments[0], napi_int32_array, "code");
  const auto constants = arrayOf<double>(env, arguments[1], napi_float64_array, "constants");
  const bool wide = integerOf(env, arguments[2], "wide") != 0;
  const int threads = integerOf(env, arguments[3], "threads");
  const std::string isa = textOf(env, arguments[4], "isa");
  const int vectors = integerOf(env, arguments[5], "vectors");
  if (threads < 1) throw Refusal{"threads must be 1 or more"};
  if (vectors != 0 && vectors != 1 && vectors != 2 && vectors != 4) throw Refusal{"vectors must be 0, 1, 2 or 4"};
  std::string error;
  std::unique_ptr<Executor> prepared = Executor::prepare({code.data, code.length}, constants.data, constants.length, wide,
                                                         threads, isa, vectors, &error);
  if (!prepared) throw Refusal{error};
  const Executor& executor = *prepared;
  napi_value result, handle, number;
  must(env, napi_create_object(env, &handle), "executor");
  must(env, napi_type_tag_object(env, handle, &kExecutorTag), "executor");
  auto opened = std::make_unique<Handle>(Handle{std::make_shared<Held>()});
  opened->held->executor = std::move(prepared);
  const auto release = [](napi_env, void* data, void*) { delete static_cast<Handle*>(data); };
  must(env, napi_wrap(env, handle, opened.get(), release, nullptr, nullptr), "executor");
  opened.release();
  must(env, napi_create_object(env, &result), "executor");
  must(env, napi_set_named_property(env, result, "executor", handle), "executor");
  must(env, napi_create_int32(env, executor.lanes(), &number), "lanes");
  must(env, napi_set_named_property(env, result, "lanes", number), "lanes");
  must(env, napi_create_double(env, double(executor.arenaBytes()), &number), "arenaBytes");
  must(env, napi_set_named_property(env, result, "arenaBytes", number), "arenaBytes");
  must(env, napi_set_named_property(env, result, "isa", text(env, executor.isa())), "isa");
  return result;
}

/** close(executor): frees its memory as soon as no call uses it. */
napi_value close(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  argumentsOf(env, info, arguments);
  heldOf(env, arguments[0]);
  void* handle = nullptr;
  must(env, napi_unwrap(env, arguments[0], &handle), "executor");
  static_cast<Handle*>(handle)->held.reset();
  return nullptr;
}

/** A call under way. The arrays it works on are kept alive by `arrays`. */
struct Call {
  std::shared_ptr<Held> held;
  Batch batch{};
  std::vector<void*> predictions, jacobians;
  const volatile int32_t* cancel = nullptr;
  napi_async_work work = nullptr;
  napi_deferred deferred = nullptr;
  napi_ref arrays = nullptr;
  bool finished = false;
  std::string error;
};

void execute(napi_env, void* data) {
  auto* call = static_cast<Call*>(data);
  call->finished = call->held->executor->run(call->batch, call->cancel, &call->error);
}

void complete(napi_env env, napi_status, void* data) {
  std::unique_ptr<Call> call(static_cast<Call*>(data));
  call->held->busy = false;
  napi_value value;
  if (call->error.empty()) {
    napi_get_boolean(env, call->finished, &value);
    napi_resolve_deferred(env, call->deferred, value);
  } else {
    napi_value message;
    napi_create_string_utf8(env, call->error.data(), call->error.size(), &message);
    napi_create_error(env, nullptr, message, &value);
    napi_reject_deferred(env, call->deferred, value);
  }
  napi_delete_reference(env, call->arrays);
  napi_delete_async_work(env, call->work);
}

/** The result arrays of a call, one a target, each of `perWindow(target)` numbers a window. */
template <class Size>
std::vector<void*> resultsOf(napi_env env, napi_value list, const Executor& executor, size_t windows, const char* name,
                             Size perWindow) {
  std::vector<void*> results;
  uint32_t length = 0;
  must(env, napi_get_array_length(env, list, &length), name);
  const auto targets = executor.targets();
  if (length != targets.size()) throw Refusal{std::string(name) + " has not one array a target"};
  for (uint32_t i = 0; i < length; i++) {
    napi_value element;
    must(env, napi_get_element(env, list, i, &element), name);
    const auto type = executor.wide() ? napi_float64_array : napi_float32_array;
    const auto array = arrayOf<void>(env, element, type, name);
    if (array.length != windows * perWindow(targets[i])) throw Refusal{std::string(name) + " has the wrong length"};
    results.push_back(array.data);
  }
  return results;
}

/**
 * run(executor, [rows: Float64Array, starts: Int32Array, aux: Float64Array, cancel: Int32Array, predictions, jacobians]):
 * a promise of whether it ran to its end (false: cancel[0] was set). An executor runs one call at a time: its callers
 * queue in JavaScript, where waiting holds no thread.
 */
napi_value run(napi_env env, napi_callback_info info) {
  napi_value arguments[2], elements[6];
  argumentsOf(env, info, arguments);
  auto call = std::make_unique<Call>();
  call->held = heldOf(env, arguments[0]);
  if (call->held->busy) throw Refusal{"an executor runs one call at a time"};
  const Executor& executor = *call->held->executor;
  const ProgramWords& program = *executor.view().head;
  for (uint32_t i = 0; i < 6; i++) must(env, napi_get_element(env, arguments[1], i, &elements[i]), "arrays");
  const auto rows = arrayOf<double>(env, elements[0], napi_float64_array, "rows");
  const auto starts = arrayOf<int32_t>(env, elements[1], napi_int32_array, "starts");
  const auto aux = arrayOf<double>(env, elements[2], napi_float64_array, "aux");
  const auto cancel = arrayOf<int32_t>(env, elements[3], napi_int32_array, "cancel");
  if (cancel.length != 1) throw Refusal{"cancel is not one number"};
  if (starts.length > INT32_MAX / 2) throw Refusal{"too many windows at once"};
  if (aux.length != starts.length * size_t(program.aux.n)) throw Refusal{"aux has the wrong length"};
  const int64_t last = int64_t(rows.length / size_t(program.features)) - program.steps;
  for (size_t i = 0; i < starts.length; i++)
    if (starts.data[i] < 0 || starts.data[i] > last) throw Refusal{"a window lies outside the rows"};
  call->predictions = resultsOf(env, elements[4], executor, starts.length, "predictions",
                                [](const Target& t) { return size_t(t.m); });
  call->jacobians = resultsOf(env, elements[5], executor, starts.length, "jacobians",
                              [](const Target& t) { return size_t(t.m) * size_t(t.gradient.n); });
  call->batch = {rows.data, starts.data, aux.data, int32_t(starts.length), call->predictions.data(), call->jacobians.data()};
  call->cancel = cancel.data;
  napi_value promise;
  must(env, napi_create_reference(env, arguments[1], 1, &call->arrays), "arrays");
  must(env, napi_create_promise(env, &call->deferred, &promise), "a promise");
  must(env, napi_create_async_work(env, nullptr, text(env, "jac"), execute, complete, call.get(), &call->work), "work");
  must(env, napi_queue_async_work(env, call->work), "work");
  call->held->busy = true;
  call.release();
  return promise;
}

napi_value initialise(napi_env env, napi_value exports) {
  const struct {
    const char* name;
    napi_callback callback;
  } functions[] = {{"instructionSets", guarded<instructionSets>},
                   {"prepare", guarded<prepare>},
                   {"run", guarded<run>},
                   {"close", guarded<close>}};
  for (const auto& f : functions) {
    napi_value function;
    if (napi_create_function(env, f.name, NAPI_AUTO_LENGTH, f.callback, nullptr, &function) != napi_ok) return nullptr;
    napi_set_named_property(env, exports, f.name, function);
  }
  return exports;
}

}  // namespace

NAPI_MODULE(jac, initialise)
