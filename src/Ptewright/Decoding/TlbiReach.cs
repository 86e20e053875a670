namespace Ptewright.Decoding;

/// <summary>Which CPUs a TLBI instruction is for.</summary>
public enum TlbiReach
{
    /// <summary>The CPU that executes it.</summary>
    Local,

    /// <summary>Those of its Inner Shareable domain: IS.</summary>
    InnerShareable,

    /// <summary>Those of its Outer Shareable domain: OS (FEAT_TLBIOS).</summary>
    OuterShareable,
}
