namespace Ptewright.Kernels.Versions;

/// <summary>The symbol of the image from which on it is reserved in memory and read-only in the linear map.</summary>
internal enum ImageBeginning
{
    /// <summary>The code: <c>_stext</c>.</summary>
    Code,

    /// <summary>The image's first byte: <c>_text</c>.</summary>
    FirstByte,
}
