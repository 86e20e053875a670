namespace Ptewright.Checking;

/// <summary>One of the two writers that change the linear map at once.</summary>
internal enum RaceWriter
{
    /// <summary>The first.</summary>
    A,

    /// <summary>The second.</summary>
    B,
}
