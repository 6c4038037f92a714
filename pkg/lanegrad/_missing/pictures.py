"""torchvision's public names that are left out on purpose: by module, then by what an error says of them."""

from __future__ import annotations

_OTHER_NETWORK = "this network is left out: take the file of its class, with its imports changed"
_TRAINED = "lanegrad ships no trained weights: pass weights=None"
_OTHER_TASK = "pictures are here for their classes: detection and the like are left out on purpose"

PICTURES = {
    "lanegrad.vision": {
        _OTHER_TASK: "tv_tensors",
        "pictures are Pillow's, and there is no video": """
            get_image_backend get_video_backend set_image_backend set_video_backend
        """,
        "nothing warns of it: leave it out": "disable_beta_transforms_warning",
    },
    "lanegrad.vision.ops": {
        "write it with the layers of lanegrad.nn": """
            Conv2dNormActivation Conv3dNormActivation DropBlock2d DropBlock3d FrozenBatchNorm2d MLP
            Permute SqueezeExcitation StochasticDepth drop_block2d drop_block3d stochastic_depth
        """,
        _OTHER_TASK: """
            DeformConv2d FeaturePyramidNetwork MultiScaleRoIAlign PSRoIAlign PSRoIPool RoIAlign
            RoIPool batched_nms box_area box_convert box_iou clip_boxes_to_image
            complete_box_iou complete_box_iou_loss deform_conv2d distance_box_iou
            distance_box_iou_loss generalized_box_iou generalized_box_iou_loss masks_to_boxes nms
            ps_roi_align ps_roi_pool remove_small_boxes roi_align roi_pool
        """,
    },
    "lanegrad.vision.datasets": {
        "read its pictures with ImageFolder, or with a Dataset of your own": """
            CLEVRClassification Caltech101 Caltech256 CelebA Country211 DTD EuroSAT FER2013
            FGVCAircraft Flowers102 Food101 GTSRB INaturalist ImageNet Imagenette LFWPairs
            LFWPeople LSUN LSUNClass Omniglot OxfordIIITPet PCAM PhotoTour Places365
            RenderedSST2 SEMEION STL10 SUN397 StanfordCars
        """,
        "use MNIST or FakeData, or a Dataset of your own": "MovingMNIST QMNIST USPS",
        _OTHER_TASK: """
            CREStereo CarlaStereo Cityscapes CocoCaptions CocoDetection ETH3DStereo
            FallingThingsStereo Flickr30k Flickr8k FlyingChairs FlyingThings3D HD1K HMDB51
            InStereo2k Kinetics Kitti Kitti2012Stereo Kitti2015Stereo KittiFlow
            Middlebury2014Stereo SBDataset SBU SceneFlowStereo Sintel SintelStereo UCF101
            VOCDetection VOCSegmentation WIDERFace wrap_dataset_for_transforms_v2
        """,
    },
    "lanegrad.vision.models": {
        _TRAINED: """
            AlexNet_Weights ConvNeXt_Base_Weights ConvNeXt_Large_Weights ConvNeXt_Small_Weights
            ConvNeXt_Tiny_Weights DenseNet121_Weights DenseNet161_Weights DenseNet169_Weights
            DenseNet201_Weights EfficientNet_B0_Weights EfficientNet_B1_Weights
            EfficientNet_B2_Weights EfficientNet_B3_Weights EfficientNet_B4_Weights
            EfficientNet_B5_Weights EfficientNet_B6_Weights EfficientNet_B7_Weights
            EfficientNet_V2_L_Weights EfficientNet_V2_M_Weights EfficientNet_V2_S_Weights
            GoogLeNet_Weights Inception_V3_Weights MNASNet0_5_Weights MNASNet0_75_Weights
            MNASNet1_0_Weights MNASNet1_3_Weights MaxVit_T_Weights MobileNet_V2_Weights
            MobileNet_V3_Large_Weights MobileNet_V3_Small_Weights RegNet_X_16GF_Weights
            RegNet_X_1_6GF_Weights RegNet_X_32GF_Weights RegNet_X_3_2GF_Weights
            RegNet_X_400MF_Weights RegNet_X_800MF_Weights RegNet_X_8GF_Weights
            RegNet_Y_128GF_Weights RegNet_Y_16GF_Weights RegNet_Y_1_6GF_Weights
            RegNet_Y_32GF_Weights RegNet_Y_3_2GF_Weights RegNet_Y_400MF_Weights
            RegNet_Y_800MF_Weights RegNet_Y_8GF_Weights ResNeXt101_32X8D_Weights
            ResNeXt101_64X4D_Weights ResNeXt50_32X4D_Weights ResNet101_Weights
            ResNet152_Weights ResNet18_Weights ResNet34_Weights ResNet50_Weights
            ShuffleNet_V2_X0_5_Weights ShuffleNet_V2_X1_0_Weights ShuffleNet_V2_X1_5_Weights
            ShuffleNet_V2_X2_0_Weights SqueezeNet1_0_Weights SqueezeNet1_1_Weights
            Swin_B_Weights Swin_S_Weights Swin_T_Weights Swin_V2_B_Weights Swin_V2_S_Weights
            Swin_V2_T_Weights VGG11_BN_Weights VGG11_Weights VGG13_BN_Weights VGG13_Weights
            VGG16_BN_Weights VGG16_Weights VGG19_BN_Weights VGG19_Weights ViT_B_16_Weights
            ViT_B_32_Weights ViT_H_14_Weights ViT_L_16_Weights ViT_L_32_Weights Weights
            WeightsEnum Wide_ResNet101_2_Weights Wide_ResNet50_2_Weights get_model_weights
            get_weight
        """,
        _OTHER_NETWORK: """
            DenseNet EfficientNet GoogLeNet GoogLeNetOutputs Inception3 InceptionOutputs MNASNet
            MobileNetV3 RegNet ConvNeXt ShuffleNetV2 convnext convnext_base convnext_large
            convnext_small convnext_tiny densenet densenet121 densenet161 densenet169
            densenet201 efficientnet efficientnet_b0 efficientnet_b1 efficientnet_b2
            efficientnet_b3 efficientnet_b4 efficientnet_b5 efficientnet_b6 efficientnet_b7
            efficientnet_v2_l efficientnet_v2_m efficientnet_v2_s googlenet inception
            inception_v3 mnasnet mnasnet0_5 mnasnet0_75 mnasnet1_0 mnasnet1_3 mobilenet
            mobilenet_v3_large mobilenet_v3_small mobilenetv3 regnet regnet_x_16gf
            regnet_x_1_6gf regnet_x_32gf regnet_x_3_2gf regnet_x_400mf regnet_x_800mf
            regnet_x_8gf regnet_y_128gf regnet_y_16gf regnet_y_1_6gf regnet_y_32gf
            regnet_y_3_2gf regnet_y_400mf regnet_y_800mf regnet_y_8gf resnext101_32x8d
            resnext101_64x4d shufflenet_v2_x0_5 shufflenet_v2_x1_0 shufflenet_v2_x1_5
            shufflenet_v2_x2_0 shufflenetv2 wide_resnet101_2
        """,
        "take getattr(lanegrad.vision.models, name)": """
            get_model get_model_builder list_models
        """,
        "attention and transformers are left out on purpose": """
            MaxVit SwinTransformer VisionTransformer maxvit maxvit_t swin_b swin_s swin_t
            swin_transformer swin_v2_b swin_v2_s swin_v2_t vision_transformer vit_b_16 vit_b_32
            vit_h_14 vit_l_16 vit_l_32
        """,
        "quantized tensors are left out on purpose": "quantization",
        _OTHER_TASK: "detection optical_flow segmentation video",
    },
    "lanegrad.vision.transforms": {
        "torchvision has it as Resize now": "Scale",
        "torchvision has it as RandomResizedCrop now": "RandomSizedCrop",
    },
    "lanegrad.vision.transforms.v2": {
        _OTHER_TASK: """
            ClampBoundingBoxes ClampKeyPoints ConvertBoundingBoxFormat RandomIoUCrop RandomResize
            RandomShortestSize RandomZoomOut SanitizeBoundingBoxes SanitizeKeyPoints ScaleJitter
            SetClampingMode UniformTemporalSubsample check_type get_bounding_boxes get_keypoints
            has_all has_any query_chw query_size
        """,
        "compose ColorJitter and RandomChannelPermutation": "RandomPhotometricDistort",
        "save and open a picture with Pillow": "JPEG",
    },
    "lanegrad.vision.utils": {
        _OTHER_TASK: "draw_bounding_boxes draw_keypoints draw_segmentation_masks flow_to_image",
    },
    "lanegrad.vision.io": {
        "use decode_image": """
            decode_avif decode_gif decode_heic decode_jpeg decode_png decode_webp
        """,
        "use Python's open": "read_file write_file",
    },
}
"""In the form of `table.LEFT_OUT`."""
