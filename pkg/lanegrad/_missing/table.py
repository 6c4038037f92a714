"""PyTorch's public names that are left out on purpose: by module, then by what an error says of them."""

from __future__ import annotations

from functools import cache

from .pictures import PICTURES

LEFT_OUT = {
    "lanegrad": {
        "functions and modules run as they are: leave it out": "compiler",
        "use lanegrad.__version__": "torch_version",
        "it is for annotations: use lanegrad.Tensor, lanegrad.device and Python's types": "types",
        "this module of PyTorch's own is left out": """
            contrib cpu futures library monitor mtia nativert numa overrides quasirandom return_types
        """,
        "sparse tensors are left out on purpose": """
            ccol_indices_copy col_indices_copy crow_indices_copy dsmm hsmm hspmm indices_copy
            resize_as_sparse_ row_indices_copy saddmm smm sparse_bsc sparse_bsc_tensor sparse_bsr
            sparse_bsr_tensor sparse_compressed_tensor sparse_coo sparse_coo_tensor sparse_csc
            sparse_csc_tensor sparse_csr sparse_csr_tensor spmm sspaddmm values_copy
        """,
        "quantized tensors are left out on purpose": """
            QInt32Storage QInt8Storage QUInt2x4Storage QUInt4x2Storage QUInt8Storage
            choose_qparams_optimized dequantize empty_quantized fake_quantize_per_channel_affine
            fake_quantize_per_tensor_affine fbgemm_linear_fp16_weight
            fbgemm_linear_fp16_weight_fp32_activation fbgemm_linear_int8_weight
            fbgemm_linear_int8_weight_fp32_activation fbgemm_linear_quantize_weight
            fbgemm_pack_gemm_matrix_fp16 fbgemm_pack_quantized_matrix
            fused_moving_avg_obs_fake_quant int_repr per_channel_affine
            per_channel_affine_float_qparams per_channel_symmetric per_tensor_affine
            per_tensor_symmetric q_per_channel_axis q_per_channel_scales q_per_channel_zero_points
            q_scale q_zero_point qint32 qint8 qscheme quantize_per_channel quantize_per_tensor
            quantize_per_tensor_dynamic quantized_batch_norm quantized_gru quantized_gru_cell
            quantized_lstm quantized_lstm_cell quantized_max_pool1d quantized_max_pool2d
            quantized_max_pool3d quantized_rnn_relu_cell quantized_rnn_tanh_cell quint2x4 quint4x2
            quint8
        """,
        "complex tensors are left out on purpose": """
            ComplexDoubleStorage ComplexFloatStorage adjoint angle complex complex128 complex32
            complex64 conj_physical_ imag polar view_as_complex view_as_complex_copy view_as_real
            view_as_real_copy
        """,
        "lanegrad computes in float32: use lanegrad.float32": """
            BFloat16Tensor DoubleTensor HalfTensor bfloat16 bit bits16 bits1x8 bits2x4 bits4x2
            bits8 cdouble cfloat chalf double float16 float4_e2m1fn_x2 float64 float8_e4m3fn
            float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz float8_e8m0fnu half
        """,
        "types of integers are uint8, int8, int16, int32 and int64": """
            int1 int2 int3 int4 int5 int6 int7 uint1 uint16 uint2 uint3 uint32 uint4 uint5 uint6
            uint64 uint7
        """,
        "beyond lanegrad.linalg there is numpy.linalg of x.detach().numpy()": """
            cholesky cholesky_inverse cholesky_solve eig geqrf lobpcg lstsq lu lu_solve lu_unpack
            matrix_exp matrix_rank orgqr ormqr pca_lowrank pinverse qr solve svd svd_lowrank
            symeig triangular_solve
        """,
        "use lanegrad.linalg.matrix_norm": "frobenius_norm nuclear_norm",
        "spectral functions are left out on purpose": """
            bartlett_window blackman_window hamming_window hann_window istft kaiser_window stft
        """,
        "lanegrad runs on the CPU, with kernels of its own": """
            Event Stream autocast_decrement_nesting autocast_increment_nesting
            batch_norm_backward_elemt batch_norm_backward_reduce batch_norm_elemt
            batch_norm_gather_stats batch_norm_gather_stats_with_counts batch_norm_stats
            batch_norm_update_stats clear_autocast_cache cudnn_affine_grid_generator
            cudnn_batch_norm cudnn_convolution cudnn_convolution_add_relu cudnn_convolution_relu
            cudnn_convolution_transpose cudnn_grid_sampler cudnn_is_acceptable
            get_autocast_cpu_dtype get_autocast_dtype get_autocast_gpu_dtype
            get_autocast_ipu_dtype get_autocast_xla_dtype get_device_module
            is_autocast_cache_enabled is_autocast_cpu_enabled is_autocast_ipu_enabled
            is_autocast_xla_enabled is_vulkan_available miopen_batch_norm miopen_convolution
            miopen_convolution_add_relu miopen_convolution_relu miopen_convolution_transpose
            miopen_ctc_loss miopen_depthwise_convolution miopen_rnn mkldnn_adaptive_avg_pool2d
            mkldnn_convolution mkldnn_linear_backward_weights mkldnn_max_pool2d mkldnn_max_pool3d
            mkldnn_rnn_layer set_autocast_cache_enabled set_autocast_cpu_dtype
            set_autocast_cpu_enabled set_autocast_dtype set_autocast_enabled
            set_autocast_gpu_dtype set_autocast_ipu_dtype set_autocast_ipu_enabled
            set_autocast_xla_dtype set_autocast_xla_enabled
        """,
        "storages are left out on purpose: tensors share memory through views and .numpy()": """
            BFloat16Storage BoolStorage ByteStorage CharStorage DoubleStorage FloatStorage
            HalfStorage IntStorage LongStorage storage ShortStorage Storage StorageBase TypedStorage
            UntypedStorage from_file is_storage
        """,
        "code is not compiled: lanegrad.jit gives functions back as they are": """
            AVG AcceleratorError AggregationType AliasDb AnyType Argument ArgumentSpec AwaitType
            BenchmarkConfig BenchmarkExecutionStats Block BoolType BufferDict CallStack Capsule
            ClassType Code CompilationUnit CompleteArgumentSpec ComplexType ConcreteModuleType
            ConcreteModuleTypeBuilder DeepCopyMemoTable DeserializationStorageContext
            DeviceObjType DictType DisableTorchFunction DisableTorchFunctionSubclass DispatchKey
            DispatchKeySet EnumType ErrorReport ExcludeDispatchKeyGuard ExecutionPlan FatalError
            FileCheck FloatType FunctionSchema Future FutureType Gradient Graph GraphExecutorState
            IODescriptor InferredType IntType InterfaceType JITException ListType LiteScriptModule
            LockingLogger LoggerBase ModuleDict Node NoneType NoopLogger NumberType OperatorInfo
            OptionalType OutOfMemoryError PRIVATE_OPS ParameterDict PyObjectType PyTorchFileReader
            PyTorchFileWriter RRefType SUM ScriptClass ScriptClassFunction ScriptDict
            ScriptDictIterator ScriptDictKeyIterator ScriptFunction ScriptList ScriptListIterator
            ScriptMethod ScriptModule ScriptModuleSerializer ScriptObject ScriptObjectProperty
            SerializationStorageContext StaticModule StreamObjType StringType SymBoolType
            SymIntType Tag TensorType ThroughputBenchmark TracingState TupleType Type
            USE_GLOBAL_DEPS USE_RTLD_GLOBAL_WITH_LIBTORCH UnionType Use Value classproperty
            compiled_with_cxx11_abi cpp fork get_file_path has_lapack has_mkl has_openmp
            has_spectral import_ir_module import_ir_module_from_buffer init_num_threads
            is_warn_always_enabled merge_type_from_type_comment parse_ir parse_schema
            parse_type_comment prepare_multiprocessing_environment
            profiler_allow_cudagraph_cupti_lazy_reinit_cuda12 set_warn_always
            thread_safe_generator unify_type_list wait
        """,
        "symbolic shapes are left out on purpose": """
            SymBool SymFloat SymInt sym_constrain_range sym_constrain_range_for_size sym_float
            sym_fresh_size sym_int sym_ite sym_max sym_min sym_not sym_sqrt sym_sum
        """,
        "recurrent layers are left out on purpose": """
            gru gru_cell lstm lstm_cell rnn_relu rnn_relu_cell rnn_tanh rnn_tanh_cell
        """,
        "take .clone() of the function's result without _copy": """
            alias_copy as_strided_copy detach_copy diagonal_copy expand_copy permute_copy
            select_copy slice_copy split_copy split_with_sizes_copy squeeze_copy t_copy
            narrow_copy transpose_copy unbind_copy unfold_copy unsqueeze_copy view_copy
        """,
        "take the function of lanegrad.nn.functional without native_": """
            native_batch_norm native_channel_shuffle native_dropout native_group_norm
            native_layer_norm native_norm
        """,
        "tracing is left out on purpose: write Python's if and while": "cond export while_loop",
        "transforms of functions are left out on purpose": "vmap",
        "nested tensors are left out on purpose": "jagged",
        "use numpy.fft of x.detach().numpy()": "fft",
        "use numpy.testing": "testing",
        "call lanegrad.set_deferred(False) and use Python's profilers": "profiler",
        "draw with lanegrad.rand, randn and their kin": "distributions",
        "save net.state_dict() with lanegrad.save": "package",
        "this module is left out on purpose": """
            ao func fx masked nested quantization signal sparse special
        """,
        "PyTorch uses it inside of itself alone": """
            convolution embedding_renorm_ feature_dropout feature_dropout_ hash_tensor
            legacy_contiguous_format nonzero_static norm_except_dim resize_as_ segment_reduce
            slice_inverse unsafe_chunk unsafe_split unsafe_split_with_sizes
        """,
        "share memory through NumPy: lanegrad.from_numpy and .numpy()": "from_dlpack to_dlpack",
        "sequences' losses and word lists are left out on purpose": "ctc_loss embedding_bag",
        "convolutions of sequences are conv1d": "conv_tbc",
        "layers of volumes are left out on purpose: pictures have two axes": """
            conv3d conv_transpose3d max_pool3d
        """,
        "there is one order of axes in memory: use lanegrad.empty": "empty_permuted empty_strided",
        "inference_mode is no_grad here: ask lanegrad.is_grad_enabled()": """
            is_inference is_inference_mode_enabled
        """,
        "backward does not look for NaN: check with lanegrad.isnan(p.grad).any()": """
            is_anomaly_check_nan_enabled is_anomaly_enabled set_anomaly_enabled
        """,
        "use lanegrad.nn.functional.affine_grid": "affine_grid_generator",
        "use lanegrad.nn.functional.grid_sample": "grid_sampler grid_sampler_2d grid_sampler_3d",
        "use numpy.histogramdd of x.detach().numpy()": "histogramdd",
        "use lanegrad.nn.functional.max_pool1d with return_indices=True": "max_pool1d_with_indices",
        "functions of statistics and physics are left out on purpose: scipy.special has them": """
            binomial i0 i0_ igamma igammac mvlgamma polygamma
        """,
    },
    "lanegrad.linalg": {
        "beyond lanegrad.linalg there is numpy.linalg of x.detach().numpy()": """
            cholesky cholesky_ex cond diagonal eig eigh eigvals eigvalsh householder_product inv_ex
            ldl_factor ldl_factor_ex ldl_solve lstsq lu lu_factor lu_factor_ex lu_solve matrix_exp
            matrix_rank pinv qr solve_ex solve_triangular svd tensorinv tensorsolve vander
        """,
    },
    "lanegrad.Tensor": {
        "sparse tensors are left out on purpose": """
            ccol_indices coalesce col_indices crow_indices dense_dim indices is_coalesced
            resize_as_sparse_ row_indices smm sparse_dim sparse_mask sparse_resize_
            sparse_resize_and_clear_ sspaddmm to_sparse to_sparse_bsc to_sparse_bsr to_sparse_coo
            to_sparse_csc to_sparse_csr values
        """,
        "quantized tensors are left out on purpose": """
            dequantize int_repr q_per_channel_axis q_per_channel_scales q_per_channel_zero_points
            q_scale q_zero_point qscheme
        """,
        "complex tensors are left out on purpose": "adjoint angle conj_physical_ imag",
        "lanegrad computes in float32, which needs no conversion": "cdouble cfloat chalf",
        "beyond lanegrad.linalg there is numpy.linalg of x.detach().numpy()": """
            cholesky cholesky_inverse cholesky_solve eig geqrf lstsq lu lu_solve matrix_exp orgqr
            ormqr pinverse qr solve svd symeig triangular_solve
        """,
        "there is one order of axes in memory: use new_empty": "new_empty_strided",
        "take .clone() of the function's result without _copy": "narrow_copy",
        "inference_mode is no_grad here: ask lanegrad.is_grad_enabled()": "is_inference",
        "use lanegrad.nn.functional.hardshrink": "hardshrink",
        "use lanegrad.nn.functional.prelu": "prelu",
        "use brackets, as in x[rows, columns]": "index",
        "spectral functions are left out on purpose": "istft stft",
        "lanegrad runs on the CPU, with kernels of its own": "ipu mtia record_stream to_mkldnn xpu",
        "storages are left out on purpose: tensors share memory through views and .numpy()": """
            const_data_ptr is_set_to set_ storage storage_type untyped_storage
        """,
        "nested tensors are left out on purpose": "to_padded_tensor",
        "PyTorch's own use of it is long past": """
            apply_ map2_ map_ reinforce resize resize_as volatile
        """,
        "PyTorch uses it inside of itself alone": """
            as_subclass dim_order grad_dtype hash_tensor module_load nonzero_static output_nr
            slice_inverse unsafe_chunk unsafe_split unsafe_split_with_sizes
        """,
        "functions of statistics and physics are left out on purpose: scipy.special has them": """
            i0 i0_ igamma igamma_ igammac igammac_ mvlgamma mvlgamma_ polygamma polygamma_
        """,
    },
    "lanegrad.nn": {
        "use lanegrad.autograd.grad": "grad",
        "recurrent layers are left out on purpose": """
            GRU GRUCell LSTM LSTMCell RNN RNNBase RNNCell RNNCellBase
        """,
        "attention and transformers are left out on purpose": """
            MultiheadAttention Transformer TransformerDecoder TransformerDecoderLayer
            TransformerEncoder TransformerEncoderLayer attention
        """,
        "training in several processes is left out on purpose: use BatchNorm2d": "SyncBatchNorm",
        "quantized layers are left out on purpose": "intrinsic qat quantizable quantized",
        "it is deprecated: use Module": "Container",
        "use LocalResponseNorm": "CrossMapLRN2d",
        "sequences' losses and word lists are left out on purpose": """
            AdaptiveLogSoftmaxWithLoss CTCLoss EmbeddingBag
        """,
        "layers of volumes are left out on purpose: pictures have two axes": """
            AdaptiveAvgPool3d AdaptiveMaxPool3d AvgPool3d BatchNorm3d CircularPad3d ConstantPad3d
            Conv3d ConvTranspose3d FractionalMaxPool3d InstanceNorm3d LPPool3d LazyBatchNorm3d
            LazyConv3d LazyConvTranspose3d LazyInstanceNorm3d MaxPool3d MaxUnpool3d
            ReflectionPad3d ReplicationPad3d ZeroPad3d
        """,
        "the buffers of a lazy layer are made when it is first called": "UninitializedBuffer",
        "PyTorch uses it inside of itself alone": "factory_kwargs",
    },
    "lanegrad.nn.parallel": {
        "lanegrad trains in one process, on all its cores: use the module itself": """
            DistributedDataParallel comm parallel_apply replicate scatter_gather
        """,
    },
    "lanegrad.nn.functional": {
        "attention and transformers are left out on purpose": """
            multi_head_attention_forward scaled_dot_product_attention
        """,
        "products of other types than float32 are left out on purpose": """
            ScalingType SwizzleType grouped_mm scaled_grouped_mm scaled_mm
        """,
        "sequences' losses and word lists are left out on purpose": "ctc_loss embedding_bag",
        "layers of volumes are left out on purpose: pictures have two axes": """
            adaptive_avg_pool3d adaptive_max_pool3d avg_pool3d conv3d conv_transpose3d
            fractional_max_pool3d lp_pool3d max_pool3d max_unpool3d
        """,
        "convolutions of sequences are conv1d": "conv_tbc",
        "call the function without _with_indices with return_indices=True": """
            adaptive_max_pool1d_with_indices adaptive_max_pool2d_with_indices
            adaptive_max_pool3d_with_indices fractional_max_pool2d_with_indices
            fractional_max_pool3d_with_indices max_pool1d_with_indices max_pool2d_with_indices
            max_pool3d_with_indices
        """,
        "take the function without native_": "native_channel_shuffle",
    },
    "lanegrad.nn.utils": {
        "there is one order of axes in memory: leave it out": """
            convert_conv2d_weight_memory_format convert_conv3d_weight_memory_format
        """,
        "recurrent layers are left out on purpose": "rnn",
        "weights computed from others are left out on purpose": """
            parametrizations parametrize prune stateless
        """,
    },
    "lanegrad.optim": {
        "sparse tensors are left out on purpose: use Adam": "SparseAdam",
        "PyTorch uses it inside of itself alone": "swap_in_optimizer_params_and_state",
    },
    "lanegrad.utils.data": {
        "data pipes are left out on purpose: use Dataset or IterableDataset": """
            DFIterDataPipe DataChunk IterDataPipe MapDataPipe argument_validation datapipes
            functional_datapipe guaranteed_datapipes_determinism non_deterministic
            runtime_validation runtime_validation_disabled
        """,
    },
    "lanegrad.nn.Module": {
        "lanegrad runs on the CPU, in float32": "ipu mtia xpu",
        "PyTorch uses it inside of itself alone": "T_destination call_super_init dump_patches",
    },
    "lanegrad.optim.Optimizer": {
        "PyTorch uses it inside of itself alone": "profile_hook_step",
    },
    "lanegrad.autograd": {
        "take lanegrad.autograd.grad of each output": "forward_ad functional graph",
        "PyTorch uses it inside of itself alone": """
            DeviceType NestedIOFunction ProfilerActivity ProfilerConfig ProfilerEvent
            ProfilerState SavedTensor enforce_grad_layout_policy is_multithreading_enabled
            is_view_replay_enabled kineto_available set_multithreading_enabled
        """,
        "gradients of gradients are not computed": "gradgradcheck",
        "call lanegrad.set_deferred(False) and use Python's profilers": "profiler",
    },
    "lanegrad.amp": {
        "lanegrad computes in float32: leave the decorator out": "custom_bwd custom_fwd",
    },
    "lanegrad.cuda.amp": {
        "lanegrad computes in float32: leave the decorator out": "custom_bwd custom_fwd",
    },
    "lanegrad.jit": {
        "code is not compiled: save net.state_dict() with lanegrad.save": "load save",
    },
    "lanegrad.distributed": {
        "training in several processes is left out on purpose": """
            all_gather all_reduce barrier broadcast destroy_process_group get_rank get_world_size
            init_process_group reduce scatter
        """,
    },
    "lanegrad.cuda": {
        "lanegrad runs on the CPU: use lanegrad.FloatTensor": "DoubleTensor FloatTensor HalfTensor",
        "lanegrad runs on the CPU: use lanegrad.LongTensor": "LongTensor",
    },
    "lanegrad.utils": {
        "kernels of one's own are left out on purpose": "cpp_extension",
        "this module is left out on purpose": "benchmark dlpack",
    },
    "lanegrad.utils.tensorboard": {
        "use tensorboardX: from tensorboardX import SummaryWriter": """
            FileWriter RecordWriter SummaryWriter
        """,
    },
    "lanegrad.serialization": {
        "nothing is unpickled, so leave it out": """
            add_safe_globals clear_safe_globals get_safe_globals get_unsafe_globals_in_checkpoint
            safe_globals skip_data
        """,
    },
    "lanegrad.hub": {
        "lanegrad runs no code from the net: get the model's file and import it": """
            download_url_to_file get_dir help list load set_dir
        """,
    },
}


@cache
def left_out(owner: str) -> dict[str, str]:
    """The names that a module or class lacks on purpose, and why.

    Examples
    --------
    >>> left_out("lanegrad.optim")["SparseAdam"]
    'sparse tensors are left out on purpose: use Adam'
    """
    reasons = LEFT_OUT.get(owner) or PICTURES.get(owner, {})
    return {name: reason for reason, names in reasons.items() for name in names.split()}
