namespace Ptewright.Kernels.Configuration;

/// <summary>Which words <c>rodata=</c> understands; others are ignored. Linux: <c>arch_parse_debug_rodata</c>.</summary>
internal enum RodataWords
{
    /// <summary><c>full</c>, <c>on</c>, <c>off</c>: until Linux 6.17.</summary>
    FullOnOff,

    /// <summary><c>on</c> (what <c>full</c> was), <c>noalias</c> (what <c>on</c> was), <c>off</c>: from Linux 6.18 on.</summary>
    OnNoaliasOff,
}
