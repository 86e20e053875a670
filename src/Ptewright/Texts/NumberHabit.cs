namespace Ptewright.Texts;

/// <summary>What bare digits are where a number is typed.</summary>
internal enum NumberHabit
{
    /// <summary>Decimal: a count or a size.</summary>
    Count,

    /// <summary>Hexadecimal: an address, a descriptor or a register, as kernels and debuggers print them.</summary>
    Address,
}
