namespace Ptewright.Kernels.Symbols;

/// <summary>What a register holds, as far as the instructions before it say.</summary>
internal enum CodeValueKind
{
    /// <summary>Nothing is known.</summary>
    Unknown,

    /// <summary>A number.</summary>
    Number,

    /// <summary>The address of a byte of the image, as its distance from the first byte.</summary>
    Address,

    /// <summary>Such an address, moved by something that is not known: a physical address, or one in the linear map.</summary>
    Moved,
}

/// <summary>The value of one register.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Value">The number, or the distance from the image's first byte.</param>
internal readonly record struct CodeValue(CodeValueKind Kind, ulong Value)
{
    /// <summary>Whether it is an address that has not been moved.</summary>
    public bool IsAddress => Kind == CodeValueKind.Address;

    /// <summary>Whether it is an address that has been moved.</summary>
    public bool IsMoved => Kind == CodeValueKind.Moved;

    /// <summary>Whether it is this number.</summary>
    /// <param name="number">The number.</param>
    public bool Is(ulong number) => Kind == CodeValueKind.Number && Value == number;
}
